// One run: how far it is, what came of it, and what can be done with it.
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useParams } from "react-router";
import { Shell } from "../../app/Shell";
import { outcomeKinds, settled } from "../../bulk/types";
import { Failure } from "../../parts/Failure";
import { Name } from "../../parts/Name";
import { To } from "../../app/links";
import { type ShownRun, useRuns } from "./hooks";
import { OutcomeTable } from "./OutcomeTable";
import { RunActions } from "./RunActions";
import { RunState } from "./RunState";
import { outcomeLabels, titleOf } from "./words";

export default function BulkRun() {
  const { runId = "" } = useParams();
  const { runs, loading, error } = useRuns();
  const shown = runs.find(({ run }) => run.id === runId);
  const crumbs = [{ text: "Bulk work", to: "/bulk" }, { text: shown ? titleOf(shown.run) : "Run", to: "/bulk/" + runId }];
  return (
    <Shell crumbs={crumbs}>
      {error && <Failure doing="What the browser keeps could not be read" error={error} />}
      {shown && <Shown shown={shown} />}
      {!shown && loading && <Spinner />}
      {!shown && !loading && !error && (
        <SpaceBetween size="m">
          <Header variant="h1">This browser keeps no such run</Header>
          <Box>It was dropped, or begun in another browser or by somebody else.</Box>
          <To to="/bulk">All runs</To>
        </SpaceBetween>
      )}
    </Shell>
  );
}

function Shown({ shown }: { shown: ShownRun }) {
  const { run, activity } = shown;
  const done = settled(run);
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description={<Name>{run.account.name}</Name>} actions={<RunActions shown={shown} />}>
        {titleOf(run)}
      </Header>
      {run.reason && !activity && (
        <Alert type={run.state === "stopped" ? "error" : "warning"} header={run.state === "stopped" ? "The run was stopped" : "The run is paused"}>
          {run.reason} Nothing is lost: what was done stays done, and the run can be resumed.
        </Alert>
      )}
      <Container header={<Header variant="h2">Progress</Header>}>
        <SpaceBetween size="m">
          <RunState shown={shown} />
          <ProgressBar
            value={run.total === 0 ? 100 : Math.floor((100 * done) / run.total)}
            ariaLabel="Entries that are done"
            additionalInfo={`${done.toLocaleString()} of ${run.total.toLocaleString()}`}
          />
          <KeyValuePairs
            columns={4}
            items={outcomeKinds.map((kind) => ({ label: outcomeLabels[kind], value: run.counts[kind].toLocaleString() }))}
          />
        </SpaceBetween>
      </Container>
      <OutcomeTable run={run} />
    </SpaceBetween>
  );
}
