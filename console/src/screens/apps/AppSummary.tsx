import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { Copyable } from "../../parts/Copyable";
import { Moment } from "../../parts/Moment";
import { Name } from "../../parts/Name";
import { type App, useIssuer } from "./api";

export function AppSummary({ app }: { app: App }) {
  const issuer = useIssuer();
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">What the app has to know</Header>}>
        <KeyValuePairs
          columns={2}
          items={[
            { label: "Issuer", value: issuer.data ? <Copyable text={issuer.data} what="the issuer" /> : "–" },
            { label: "Client ID", value: <Copyable text={app.ClientId} what="the client ID" /> },
            { label: "Client secret", value: app.Public ? "None: a public client" : "Kept as a hash, and not shown" },
            { label: "Created", value: <Moment at={app.CreatedTimestamp} /> },
          ]}
        />
      </Container>
      <Container header={<Header variant="h2">Where people are sent</Header>}>
        <KeyValuePairs
          columns={1}
          items={[
            { label: "Redirect URIs", value: <Uris list={app.RedirectUris} /> },
            { label: "Post-logout redirect URIs", value: <Uris list={app.PostLogoutRedirectUris} /> },
            {
              label: "Back-channel logout URI",
              value: app.BackchannelLogoutUri ? <Name>{app.BackchannelLogoutUri}</Name> : "None: the app is not told of sign-outs, and finds out when it asks",
            },
          ]}
        />
      </Container>
    </SpaceBetween>
  );
}

function Uris({ list }: { list: string[] | null }) {
  if (!list?.length) {
    return <>None</>;
  }
  return (
    <ul>
      {list.map((uri) => (
        <li key={uri}>
          <Name>{uri}</Name>
        </li>
      ))}
    </ul>
  );
}
