// The runs that this browser keeps for whoever is signed in.
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { Navigate, useLocation, useNavigate } from "react-router";
import { settled } from "../../bulk/types";
import { Shell } from "../../app/Shell";
import { Empty } from "../../parts/Empty";
import { Failure } from "../../parts/Failure";
import { Moment } from "../../parts/Moment";
import { Name } from "../../parts/Name";
import { path, To } from "../../app/links";
import { type ShownRun, useRuns } from "./hooks";
import { RunState } from "./RunState";
import { titleOf } from "./words";

const columns: TableProps.ColumnDefinition<ShownRun>[] = [
  { id: "what", header: "What", isRowHeader: true, cell: ({ run }) => <To to={path("bulk", run.id)}>{titleOf(run)}</To> },
  { id: "account", header: "Account", cell: ({ run }) => <Name>{run.account.name}</Name> },
  { id: "state", header: "State", cell: (shown) => <RunState shown={shown} /> },
  { id: "progress", header: "Progress", cell: ({ run }) => `${settled(run).toLocaleString()} of ${run.total.toLocaleString()}` },
  { id: "created", header: "Made", cell: ({ run }) => <Moment at={new Date(run.created)} /> },
];

export default function Bulk() {
  const { search } = useLocation();
  const navigate = useNavigate();
  const { runs, loading, error } = useRuns();
  if (search) {
    return <Navigate to={"/bulk/new" + search} replace />; // who comes from elsewhere knows already what to do
  }
  const begin = (
    <Button variant="primary" onClick={() => void navigate("/bulk/new")}>
      New run
    </Button>
  );
  return (
    <Shell crumbs={[{ text: "Bulk work", to: "/bulk" }]}>
      <SpaceBetween size="m">
        {error && <Failure doing="What the browser keeps could not be read" error={error} />}
        <Table
          variant="full-page"
          header={
            <Header
              variant="awsui-h1-sticky"
              description="One thing done to up to 100,000 users by a list. Runs are kept in this browser for 30 days, and can be resumed here alone."
              actions={begin}
            >
              Bulk work
            </Header>
          }
          ariaLabels={{ tableLabel: "Runs" }}
          trackBy={({ run }) => run.id}
          wrapLines
          loading={loading}
          loadingText="Reading the runs"
          items={runs}
          columnDefinitions={columns}
          empty={
            <Empty title="No runs" action={<Button onClick={() => void navigate("/bulk/new")}>New run</Button>}>
              <Box variant="p">Suspend, activate, license, invite or sign out by a list of addresses or ids.</Box>
            </Empty>
          }
        />
      </SpaceBetween>
    </Shell>
  );
}
