import Alert from "@cloudscape-design/components/alert";
import type { ReactNode } from "react";
import { useAllowed } from "../api/allowed";

// Readable shows what an action reads, and why not to whom it is not allowed: nothing is asked of the server then.
export function Readable({ action, account, children }: { action: string; account?: string; children: ReactNode }) {
  const gate = useAllowed(account)(action);
  if (gate.disabledReason) {
    return (
      <Alert type="info" header="You cannot see this">
        {gate.disabledReason} Ask an administrator for one that does.
      </Alert>
    );
  }
  return gate.disabled ? null : children;
}
