import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { FormDialog } from "../../parts/FormDialog";
import { useChange } from "../../parts/change";
import { lines } from "../../parts/lines";
import { useSession } from "../../session/session";
import { accountKeys, type OpenIdAnswer, useProvider } from "./api";
import { CallbackAddresses } from "./CallbackAddresses";

// ProviderDialog connects an account's OpenID provider, or changes what is known of it.
export function ProviderDialog({ account, close }: { account: string; close(): void }) {
  const provider = useProvider(account);
  return provider.data ? <Fields account={account} answer={provider.data} close={close} /> : <StatusIndicator type="loading">Reading the provider</StatusIndicator>;
}

function Fields({ account, answer, close }: { account: string; answer: OpenIdAnswer; close(): void }) {
  const { extensions } = useSession();
  const config = answer.OpenIdConfig;
  const [issuer, setIssuer] = useState(config?.Issuer ?? "");
  const [clientId, setClientId] = useState(config?.ClientId ?? "");
  const [secret, setSecret] = useState("");
  const [isPublic, setPublic] = useState(config?.HasClientSecret === false);
  const [pro, setPro] = useState((config?.ProGroups ?? []).join("\n"));
  const [basic, setBasic] = useState((config?.BasicGroups ?? []).join("\n"));
  // The secret that is kept goes with the issuer and the client that it was given for.
  const kept = config?.HasClientSecret === true && config.Issuer === issuer.trim() && config.ClientId === clientId.trim();
  const save = useChange({
    run: () =>
      extensions.call("PUT", ["accounts", account, "openid-config"], {}, {
        Issuer: issuer.trim(),
        ClientId: clientId.trim(),
        ClientSecret: isPublic ? "" : secret || undefined,
        GroupsClaim: config?.GroupsClaim,
        ProGroups: lines(pro),
        BasicGroups: lines(basic),
      }),
    stale: accountKeys(account),
    done: () => "The provider is connected: people of the verified domains sign in there.",
  });
  return (
    <FormDialog
      title={config ? "Edit the OpenID provider" : "Connect an OpenID provider"}
      submit={config ? "Save" : "Connect"}
      size="large"
      failed="The provider was not connected"
      blocked={missing(issuer, clientId, isPublic || kept || secret !== "")}
      run={() => save.mutateAsync()}
      close={close}
    >
      {!config && <CallbackAddresses answer={answer} />}
      <FormField label="Issuer" description="The provider's address, as its discovery document has it." constraintText="Such as https://login.example.com">
        <Input value={issuer} onChange={({ detail }) => setIssuer(detail.value)} type="url" spellcheck={false} autoComplete="off" />
      </FormField>
      <FormField label="Client ID" description="What the provider knows Carillon by.">
        <Input value={clientId} onChange={({ detail }) => setClientId(detail.value)} spellcheck={false} autoComplete="off" />
      </FormField>
      <FormField label="Client secret" description={kept ? "One is kept. Leave this empty to keep it." : "It is kept sealed and never shown again."}>
        <Input value={isPublic ? "" : secret} disabled={isPublic} onChange={({ detail }) => setSecret(detail.value)} type="password" autoComplete="off" />
      </FormField>
      <Checkbox checked={isPublic} onChange={({ detail }) => setPublic(detail.checked)}>
        Carillon is a public client there, without a secret
      </Checkbox>
      <FormField label="Groups with Pro" description="One a line, as the provider names them." constraintText="Without any groups, everybody has the account's default license.">
        <Textarea value={pro} rows={3} onChange={({ detail }) => setPro(detail.value)} spellcheck={false} />
      </FormField>
      <FormField label="Groups with Basic" description="One a line. With groups, whoever is in none of them cannot sign in.">
        <Textarea value={basic} rows={3} onChange={({ detail }) => setBasic(detail.value)} spellcheck={false} />
      </FormField>
    </FormDialog>
  );
}

function missing(issuer: string, clientId: string, hasSecret: boolean): string | undefined {
  if (!issuer.trim() || !clientId.trim()) {
    return "Type the issuer and the client ID first.";
  }
  return hasSecret ? undefined : "Type the client secret, or say that there is none.";
}
