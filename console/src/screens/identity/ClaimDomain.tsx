import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { FormDialog } from "../../parts/FormDialog";
import { useChange } from "../../parts/change";
import { useSession } from "../../session/session";
import { type Domain, domainsKey } from "./api";

// ClaimDomain begins a claim. What has to be published follows, in claimed.
export function ClaimDomain({ account, claimed, close }: { account: string; claimed(domain: string): void; close(): void }) {
  const { extensions } = useSession();
  const [name, setName] = useState("");
  const claim = useChange<string, { Domain: Domain }>({
    run: (DomainName) => extensions.call("POST", ["accounts", account, "domains"], {}, { DomainName }),
    stale: [domainsKey(account)],
  });
  return (
    <FormDialog
      title="Claim a domain"
      submit="Claim"
      failed="The domain was not claimed"
      blocked={name.trim() ? undefined : "Type the domain first."}
      run={() => claim.mutateAsync(name.trim())}
      done={({ Domain }) => claimed(Domain.DomainName)}
      close={close}
    >
      <FormField
        label="Domain"
        description="What stands behind the @ of your people's addresses. A subdomain is claimed by itself."
        constraintText="Such as example.com. Next you publish a DNS record that proves that it is yours."
      >
        <Input value={name} placeholder="example.com" onChange={({ detail }) => setName(detail.value)} spellcheck={false} autoComplete="off" />
      </FormField>
    </FormDialog>
  );
}
