import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { ShownRun } from "./hooks";

function stateOf({ run, activity }: ShownRun): [StatusIndicatorProps.Type, string] {
  switch (activity) {
    case "here":
      return ["in-progress", "Running"];
    case "elsewhere":
      return ["in-progress", "Running in another tab"];
    case "pausing":
      return ["in-progress", "Pausing"];
    case "throttled":
      return ["in-progress", "Running more slowly, as the server asks"];
    case "away":
      return ["in-progress", "Waiting for the server"];
  }
  switch (run.state) {
    case "done":
      return run.counts.Refused > 0 ? ["warning", "Finished, some were refused"] : ["success", "Finished"];
    case "stopped":
      return ["error", "Stopped"];
    case "canceled":
      return ["stopped", "Canceled"];
    case "open":
      return ["pending", run.next === 0 ? "Not begun" : "Paused"];
  }
}

// RunState says where a run is.
export function RunState({ shown }: { shown: ShownRun }) {
  const [type, text] = stateOf(shown);
  return <StatusIndicator type={type}>{text}</StatusIndicator>;
}
