// The user who is selected, at a glance.
import type { Account, User } from "@aws-sdk/client-chime";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { path, To } from "../../app/links";
import { SidePanel } from "../../app/SidePanel";
import { Profile } from "../user/Profile";
import { called } from "./Whom";

export function UserPanel({ account, user, close }: { account: Account; user: User; close(): void }) {
  return (
    <SidePanel header={called(user)} close={close}>
      <SpaceBetween size="m">
        <Profile account={account} user={user} />
        <To to={path("accounts", account.AccountId!, "users", user.UserId!)}>Sessions, history and settings of this user</To>
      </SpaceBetween>
    </SidePanel>
  );
}
