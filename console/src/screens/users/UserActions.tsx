import type { Account, User } from "@aws-sdk/client-chime";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import { type Action, suspendVerb, useGates } from "./actions";

// UserActions is the menu of what may be done to the users.
export function UserActions({ account, users, open }: { account: Account; users: User[]; open(action: Action): void }) {
  const gates = useGates(account, users);
  return (
    <ButtonDropdown
      items={[
        { id: "suspend", text: suspendVerb(account), ...gates.suspend },
        { id: "activate", text: "Activate", ...gates.activate },
        { id: "license", text: "Assign license", ...gates.license },
        { id: "sign-out", text: "Sign out", ...gates["sign-out"] },
        { id: "type", text: "Change type", ...gates.type },
        { id: "reset-pin", text: "Reset personal PIN", ...gates["reset-pin"] },
      ]}
      onItemClick={({ detail }) => open(detail.id as Action)}
    >
      User actions
    </ButtonDropdown>
  );
}
