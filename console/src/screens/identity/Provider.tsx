import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import { both, closed, useAllowed } from "../../api/allowed";
import { Failure } from "../../parts/Failure";
import { Name } from "../../parts/Name";
import { type OpenIdConfig, useDomains, useProvider } from "./api";
import { CallbackAddresses } from "./CallbackAddresses";
import { DisconnectProvider } from "./DisconnectProvider";

// Provider is the OpenID provider that answers for an account's people.
export function Provider({ account, edit }: { account: string; edit(): void }) {
  const provider = useProvider(account);
  const domains = useDomains(account);
  const allowed = useAllowed(account);
  const [disconnecting, setDisconnecting] = useState(false);
  const config = provider.data?.OpenIdConfig;
  const verified = domains.data?.some(({ Status }) => Status === "Verified");
  const connectable = both(
    allowed("chime:UpdateAccountOpenIdConfig"),
    closed(verified === false && !config ? "Verify a domain first: the provider's word counts for its addresses alone." : undefined),
  );
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="With one, people of the verified domains sign in there, and nowhere else."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {config && (
                <Button onClick={() => setDisconnecting(true)} {...allowed("chime:DeleteAccountOpenIdConfig")}>
                  Disconnect
                </Button>
              )}
              <Button onClick={edit} {...connectable}>
                {config ? "Edit provider" : "Connect a provider"}
              </Button>
            </SpaceBetween>
          }
        >
          OpenID provider
        </Header>
      }
    >
      <SpaceBetween size="l">
        {provider.error && <Failure doing="The provider could not be read" error={provider.error} retry={provider.refetch} />}
        {provider.isPending && <StatusIndicator type="loading">Reading the provider</StatusIndicator>}
        {provider.data && (config ? <Connected config={config} /> : <Box>No provider is connected: people sign in by mailed codes and passkeys.</Box>)}
        {provider.data && <CallbackAddresses answer={provider.data} />}
      </SpaceBetween>
      {disconnecting && <DisconnectProvider account={account} close={() => setDisconnecting(false)} />}
    </Container>
  );
}

function Connected({ config }: { config: OpenIdConfig }) {
  const everybody = !config.ProGroups?.length && !config.BasicGroups?.length;
  return (
    <KeyValuePairs
      columns={3}
      items={[
        { label: "Issuer", value: <Name>{config.Issuer}</Name> },
        { label: "Client ID", value: <Name>{config.ClientId}</Name> },
        { label: "Client secret", value: config.HasClientSecret === false ? "None: a public client" : "Kept, and not shown" },
        { label: "Groups claim", value: <Name>{config.GroupsClaim ?? "groups"}</Name> },
        { label: "Groups with Pro", value: <Groups names={config.ProGroups} everybody={everybody} /> },
        { label: "Groups with Basic", value: <Groups names={config.BasicGroups} everybody={everybody} /> },
      ]}
    />
  );
}

function Groups({ names, everybody }: { names: string[] | null; everybody: boolean }) {
  if (!names?.length) {
    return <>{everybody ? "None: everybody has the default license" : "–"}</>;
  }
  return (
    <ul>
      {names.map((name) => (
        <li key={name}>
          <Name>{name}</Name>
        </li>
      ))}
    </ul>
  );
}
