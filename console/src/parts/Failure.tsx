import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { describe, statusOf, transient } from "../api/errors";

// advice says what to do about a refusal, where its own words may not.
function advice(error: unknown): string {
  if (statusOf(error) === 403) {
    return "Ask an administrator for a policy that allows it.";
  }
  if (statusOf(error) === 404) {
    return "It may have been deleted meanwhile. What is shown here was read anew.";
  }
  if (statusOf(error) === 409) {
    return "Somebody may have changed it meanwhile. What is shown here was read anew: look at it, then repeat.";
  }
  return transient(error) ? "Try again in a moment." : "";
}

// Failure stands where something could not be read or done.
export function Failure({ doing, error, retry }: { doing: string; error: unknown; retry?: () => unknown }) {
  return (
    <Alert type="error" header={doing} action={retry && <Button onClick={() => void retry()}>Try again</Button>}>
      {describe(error)} {advice(error)}
    </Alert>
  );
}
