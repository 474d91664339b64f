// One user: who they are, where they are signed in, who was told of their sign-out, and what happened to them.
import type { Account, User } from "@aws-sdk/client-chime";
import Alert from "@cloudscape-design/components/alert";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useParams } from "react-router";
import { statusOf } from "../../api/errors";
import { path, To } from "../../app/links";
import { Loading } from "../../app/Loading";
import { NotFound } from "../../app/NotFound";
import { Shell } from "../../app/Shell";
import { Failure } from "../../parts/Failure";
import { Name } from "../../parts/Name";
import { useAccount } from "../accounts/api";
import type { Action } from "../users/actions";
import { useUser } from "../users/api";
import { UserActions } from "../users/UserActions";
import { UserDialog } from "../users/UserDialog";
import { called } from "../users/Whom";
import { History } from "./History";
import { Profile } from "./Profile";
import { Sessions } from "./Sessions";
import { Signouts } from "./Signouts";
import { Telephony } from "./Telephony";

export default function UserPage() {
  const { accountId = "", userId = "" } = useParams();
  const account = useAccount(accountId);
  const user = useUser(accountId, userId);
  const failed = account.error ?? user.error;
  if (failed && statusOf(failed) === 404) {
    return <NotFound what={account.error ? "account" : "user in this account"} />;
  }
  return (
    <Shell
      crumbs={[
        { text: "Accounts", to: "/accounts" },
        { text: account.data?.Name ?? accountId, to: path("accounts", accountId) },
        { text: user.data ? called(user.data) : userId, to: path("accounts", accountId, "users", userId) },
      ]}
    >
      {account.data && user.data ? (
        <Detail account={account.data} user={user.data} />
      ) : failed ? (
        <Failure doing="The user could not be read" error={failed} retry={account.error ? account.refetch : user.refetch} />
      ) : (
        <Loading />
      )}
    </Shell>
  );
}

function Detail({ account, user }: { account: Account; user: User }) {
  const [action, setAction] = useState<Action>();
  // Of somebody who was removed the account keeps what they were, and nothing that they do.
  const removed = !user.AccountId;
  const invited = user.UserRegistrationStatus === "Unregistered";
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={<UserActions account={account} users={[user]} open={setAction} />}>
        <Name>{user.DisplayName || called(user)}</Name>
      </Header>
      {removed && (
        <Alert type="info">
          This person was removed from the account, and is shown as they were then. Invite their address to have them back.
        </Alert>
      )}
      {invited && (
        <Alert type="info">
          Most is hidden until the invitation is accepted. It can be withdrawn under{" "}
          <To to={path("accounts", account.AccountId!, "invitations")}>Invitations</To>.
        </Alert>
      )}
      <Container header={<Header variant="h2">Profile</Header>}>
        <Profile account={account} user={user} />
      </Container>
      {!removed && !invited && <Sessions account={account.AccountId!} user={user} />}
      <Signouts account={account.AccountId!} user={user.UserId!} />
      {!removed && !invited && <Telephony account={account.AccountId!} user={user.UserId!} />}
      <History account={account.AccountId!} user={user.UserId!} />
      {action && <UserDialog action={action} account={account} users={[user]} close={() => setAction(undefined)} />}
    </SpaceBetween>
  );
}
