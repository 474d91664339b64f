// What is shown where something of the console itself went wrong. The rest of it stays usable.
import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { useRouteError } from "react-router";
import { describe } from "../api/errors";

// missingChunk is how browsers word that a file of this build is not there any more: a newer one is served.
const missingChunk = /dynamically imported module|module script failed|error loading/i;

export function Broken() {
  const error = useRouteError();
  const outdated = error instanceof Error && missingChunk.test(error.message);
  return (
    <Alert
      type={outdated ? "info" : "error"}
      header={outdated ? "The console was updated meanwhile" : "This screen cannot be shown"}
      action={<Button onClick={() => location.reload()}>Load the page again</Button>}
    >
      {outdated ? "Or the server could not be reached." : describe(error)}
    </Alert>
  );
}
