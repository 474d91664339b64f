import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate } from "react-router";
import { report } from "../../bulk/report";
import { useNotices } from "../../app/notices";
import { Confirm } from "../../parts/Confirm";
import { save } from "../../parts/save";
import { type ShownRun, useRunner } from "./hooks";

// RunActions is what can be done with a run.
export function RunActions({ shown: { run, activity } }: { shown: ShownRun }) {
  const { runner, owner } = useRunner();
  const notices = useNotices();
  const navigate = useNavigate();
  const [asking, setAsking] = useState<"cancel" | "drop">();
  const here = activity !== undefined && activity !== "elsewhere";
  const going = run.state === "open" || run.state === "stopped";
  const elsewhere = activity === "elsewhere" ? "It is under way in another tab." : undefined;
  const download = async () => {
    try {
      const store = await runner.store();
      const file = await report(run, (from, to) => store.blocks(run.id, from, to));
      save(file, `bulk-${run.action}-${new Date(run.created).toISOString().slice(0, 19).replaceAll(":", "")}.csv`);
    } catch (error) {
      notices.failure("The report could not be made", error);
    }
  };
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button iconName="download" onClick={() => void download()}>
        Download report
      </Button>
      {going && (
        <Button disabled={Boolean(elsewhere)} disabledReason={elsewhere} onClick={() => setAsking("cancel")}>
          Cancel run
        </Button>
      )}
      {!going && (
        <Button disabled={Boolean(elsewhere)} disabledReason={elsewhere} onClick={() => setAsking("drop")}>
          Drop
        </Button>
      )}
      {here && (
        <Button variant="primary" disabled={activity === "pausing"} onClick={() => runner.pause(run.id)}>
          Pause
        </Button>
      )}
      {going && !here && (
        <Button variant="primary" disabled={Boolean(elsewhere)} disabledReason={elsewhere} onClick={() => void runner.start(owner, run.id)}>
          {run.next === 0 ? "Start" : "Resume"}
        </Button>
      )}
      {asking === "cancel" && (
        <Confirm
          title="Cancel the run?"
          submit="Cancel run"
          failed="The run was not canceled"
          run={() => runner.cancel(owner, run.id)}
          close={() => setAsking(undefined)}
        >
          What was done stays done, and the rest is not done. The report stays until you drop the run.
        </Confirm>
      )}
      {asking === "drop" && (
        <Confirm
          title="Drop the run?"
          submit="Drop"
          failed="The run was not dropped"
          run={() => runner.drop(run.id)}
          done={() => void navigate("/bulk")}
          close={() => setAsking(undefined)}
        >
          This browser forgets the list and the report. Nothing that was done is undone.
        </Confirm>
      )}
    </SpaceBetween>
  );
}
