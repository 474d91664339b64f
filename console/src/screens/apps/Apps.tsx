// The apps that people sign in to through this server.
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useAllowed } from "../../api/allowed";
import { path, To } from "../../app/links";
import { usePages } from "../../app/pages";
import { Shell } from "../../app/Shell";
import { Failure } from "../../parts/Failure";
import { Moment } from "../../parts/Moment";
import { Name } from "../../parts/Name";
import { OnceSecret } from "../../parts/OnceSecret";
import { useSession } from "../../session/session";
import { type App, type AppAnswer, appsKey } from "./api";
import { CreateApp } from "./CreateApp";

// pageSize is how many apps a page has.
const pageSize = 50;

const columns: TableProps.ColumnDefinition<App>[] = [
  { id: "name", header: "Name", isRowHeader: true, cell: (app) => <To to={path("apps", app.ClientId)}><Name>{app.Name}</Name></To> },
  { id: "id", header: "Client ID", cell: ({ ClientId }) => <Name>{ClientId}</Name> },
  { id: "kind", header: "Kind", cell: ({ Public }) => (Public ? "Public" : "Confidential") },
  { id: "told", header: "Told of sign-outs", cell: ({ BackchannelLogoutUri }) => (BackchannelLogoutUri ? "Yes" : "No") },
  { id: "created", header: "Created", cell: ({ CreatedTimestamp }) => <Moment at={CreatedTimestamp} /> },
];

export default function Apps() {
  const { extensions } = useSession();
  const navigate = useNavigate();
  const allowed = useAllowed();
  const [creating, setCreating] = useState(false);
  const [created, setCreated] = useState<AppAnswer>();
  const apps = usePages<App>(appsKey, async (token) => {
    const page = await extensions.call<{ Apps: App[]; NextToken: string | null }>("GET", ["apps"], { "next-token": token, "max-results": pageSize });
    return { items: page.Apps, next: page.NextToken };
  });
  const open = ({ App }: AppAnswer) => void navigate("/apps/" + encodeURIComponent(App.ClientId));
  const create = (
    <Button variant="primary" onClick={() => setCreating(true)} {...allowed("chime:CreateApp")}>
      Create app
    </Button>
  );
  return (
    <Shell crumbs={[{ text: "Apps", to: "/apps" }]}>
      <SpaceBetween size="m">
        {apps.error && <Failure doing="The apps could not be read" error={apps.error} retry={apps.refetch} />}
        <Table
          variant="full-page"
          header={
            <Header variant="awsui-h1-sticky" description="What people sign in to with OpenID Connect, and what is told when they are signed out." actions={create}>
              Apps
            </Header>
          }
          ariaLabels={{ tableLabel: "Apps" }}
          trackBy="ClientId"
          wrapLines
          loading={apps.loading}
          loadingText="Reading the apps"
          items={apps.items}
          columnDefinitions={columns}
          pagination={<Pagination {...apps.pagination} />}
          empty={
            <Box textAlign="center">
              <Box padding={{ bottom: "s" }}>No app is connected. Create one to get the client ID and secret that it signs people in with.</Box>
            </Box>
          }
        />
      </SpaceBetween>
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
          close={() => open(created)}
        />
      )}
    </Shell>
  );
}
