// The apps that people sign in to through this server.
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import type { TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useAllowed } from "../../api/allowed";
import { path, To } from "../../app/links";
import { usePages } from "../../app/pages";
import { Shell } from "../../app/Shell";
import { Empty } from "../../parts/Empty";
import { Moment } from "../../parts/Moment";
import { Name } from "../../parts/Name";
import { OnceSecret } from "../../parts/OnceSecret";
import { PagedTable } from "../../parts/PagedTable";
import { Readable } from "../../parts/Readable";
import { usePreferences } from "../../parts/preferences";
import { useSession } from "../../session/session";
import { type App, type AppAnswer, appsKey } from "./api";
import { CreateApp } from "./CreateApp";

const columns: TableProps.ColumnDefinition<App>[] = [
  {
    id: "name",
    header: "Name",
    isRowHeader: true,
    minWidth: 140,
    cell: (app) => (
      <To to={path("apps", app.ClientId)}>
        <Name>{app.Name}</Name>
      </To>
    ),
  },
  { id: "id", header: "Client ID", minWidth: 200, cell: ({ ClientId }) => <Name>{ClientId}</Name> },
  { id: "kind", header: "Kind", minWidth: 120, cell: ({ Public }) => (Public ? "Public" : "Confidential") },
  { id: "told", header: "Told of sign-outs", cell: ({ BackchannelLogoutUri }) => (BackchannelLogoutUri ? "Yes" : "No") },
  { id: "created", header: "Created", minWidth: 130, cell: ({ CreatedTimestamp }) => <Moment at={CreatedTimestamp} /> },
];

export default function Apps() {
  return (
    <Shell crumbs={[{ text: "Apps", to: "/apps" }]}>
      <Readable action="chime:ListApps">
        <List />
      </Readable>
    </Shell>
  );
}

function List() {
  const { extensions } = useSession();
  const navigate = useNavigate();
  const allowed = useAllowed();
  const [creating, setCreating] = useState(false);
  const [created, setCreated] = useState<AppAnswer>();
  const preferences = usePreferences("apps", columns);
  const size = preferences[0].pageSize;
  const apps = usePages<App>([...appsKey, "list", size], async (token, signal) => {
    const query = { "next-token": token, "max-results": size };
    const page = await extensions.call<{ Apps: App[]; NextToken: string | null }>("GET", ["apps"], query, undefined, signal);
    return { items: page.Apps, next: page.NextToken };
  });
  const open = ({ App }: AppAnswer) => void navigate("/apps/" + encodeURIComponent(App.ClientId));
  const create = (
    <Button variant="primary" onClick={() => setCreating(true)} {...allowed("chime:CreateApp")}>
      Create app
    </Button>
  );
  return (
    <>
      <PagedTable
        what="apps"
        variant="full-page"
        header={
          <Header
            variant="awsui-h1-sticky"
            description="What people sign in to with OpenID Connect, and what is told when they are signed out."
            actions={create}
          >
            Apps
          </Header>
        }
        columns={columns}
        pages={apps}
        preferences={preferences}
        rowId={({ ClientId }) => ClientId}
        rowName={({ Name }) => Name}
        empty={<Empty title="No app is connected">Create one to get the client ID and secret that it signs people in with.</Empty>}
      />
      {creating && (
        <CreateApp
          created={(answer) => {
            setCreating(false);
            if (answer.ClientSecret) {
              setCreated(answer);
            } else {
              open(answer);
            }
          }}
          close={() => setCreating(false)}
        />
      )}
      {created && (
        <OnceSecret
          title="The app was created"
          items={[
            { label: "Client ID", value: created.App.ClientId },
            { label: "Client secret", value: created.ClientSecret! },
          ]}
          close={() => {
            setCreated(undefined);
            open(created);
          }}
        />
      )}
    </>
  );
}
