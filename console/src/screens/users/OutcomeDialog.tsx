import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { Name } from "../../parts/Name";
import type { Outcome, Refused } from "./api";
import { called, users as counted } from "./Whom";

// OutcomeDialog says for whom something was not done, why, and what to do next.
export function OutcomeDialog({ outcome, past, close }: { outcome: Outcome; past: string; close(): void }) {
  const { done, refused } = outcome;
  return (
    <Modal
      visible
      size="large"
      header={`Not all ${past}`}
      closeAriaLabel="Close"
      onDismiss={close}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={close}>
            Close
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Box>
          It was done for {done.length ? counted(done.length) : "nobody"}, and not for {counted(refused.length)}. The list was read anew.
        </Box>
        <Table
          variant="embedded"
          items={refused}
          trackBy={({ user }) => user.UserId!}
          ariaLabels={{ tableLabel: "Users for whom it was not done" }}
          wrapLines
          columnDefinitions={[
            { id: "user", header: "User", isRowHeader: true, cell: ({ user }) => <Name>{called(user)}</Name> },
            { id: "why", header: "Why", cell: ({ code, message }) => message || code },
            { id: "next", header: "What to do", cell: advice },
          ]}
        />
      </SpaceBetween>
    </Modal>
  );
}

function advice({ code }: Refused): string {
  switch (code.replace(/Exception$/, "")) {
    case "NotFound":
      return "Nothing: somebody else removed the user meanwhile, or the domain of the address was released.";
    case "Forbidden":
    case "AccessDenied":
      return "Ask an administrator for a policy that allows it.";
    case "Conflict":
    case "PreconditionFailed":
      return "Somebody else changed the user at the same moment. Look at it again, then repeat.";
    case "BadRequest":
      return "Choose what the account supports.";
    default:
      return "Try again in a moment: to repeat it does no harm.";
  }
}
