import type { Account } from "@aws-sdk/client-chime";
import Button from "@cloudscape-design/components/button";
import { path, To } from "../../app/links";
import { Empty } from "../../parts/Empty";
import { kindOf } from "../accounts/kinds";
import { type Adding, useAddingGates } from "./UsersHeader";

export function NoUsers({ account, filtered, add }: { account: Account; filtered: boolean; add(way: Adding): void }) {
  const gates = useAddingGates(account);
  if (filtered) {
    return <Empty title="No user matches">Clear the filters, or search for less of the address.</Empty>;
  }
  if (kindOf(account.AccountType).invites) {
    return (
      <Empty
        title="There are no users yet"
        action={
          <Button onClick={() => add("invite")} {...gates.invite}>
            Invite users
          </Button>
        }
      >
        Users join a team by an invitation.
      </Empty>
    );
  }
  return (
    <Empty title="There are no users yet">
      Whoever signs in with an address of a <To to={path("accounts", account.AccountId!, "identity")}>verified domain</To> joins.
    </Empty>
  );
}
