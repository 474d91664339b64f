// What is known of a user.
import type { Account, User } from "@aws-sdk/client-chime";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import { Copyable } from "../../parts/Copyable";
import { Moment } from "../../parts/Moment";
import { Name } from "../../parts/Name";
import { useUser } from "../users/api";
import { UserState } from "../users/UserState";

// Profile shows what a list has of the user at once, and the rest when it has come.
export function Profile({ account, user: listed }: { account: Account; user: User }) {
  const read = useUser(account.AccountId!, listed.UserId!);
  const user = read.data ?? listed;
  const later = read.isPending ? "…" : "–";
  return (
    <KeyValuePairs
      columns={3}
      items={[
        { label: "Name", value: <Name>{user.DisplayName}</Name> },
        { label: "Address", value: user.PrimaryEmail ? <Copyable text={user.PrimaryEmail} what="the address" prose /> : "–" },
        { label: "Status", value: <UserState user={user} /> },
        { label: "License", value: user.LicenseType ?? "–" },
        { label: "Type", value: user.UserType === "SharedDevice" ? "Shared device" : "User" },
        { label: "Invited", value: <Moment at={user.InvitedOn} /> },
        { label: "Registered", value: <Moment at={user.RegisteredOn} /> },
        { label: "Personal PIN", value: user.PersonalPIN ?? later },
        { label: "Phone number", value: user.PrimaryProvisionedNumber ?? later },
        { label: "User ID", value: <Copyable text={user.UserId!} what="the user ID" prose /> },
      ]}
    />
  );
}
