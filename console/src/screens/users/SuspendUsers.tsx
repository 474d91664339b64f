import Alert from "@cloudscape-design/components/alert";
import { Confirm } from "../../parts/Confirm";
import { useSession } from "../../session/session";
import { doTo, suspension } from "./api";
import { useLastAdministrator } from "./administrators";
import type { DialogProps } from "./UserDialog";
import { users as counted, Whom } from "./Whom";

// SuspendUsers says what a suspension does, which the type of the account decides, before it does it.
export function SuspendUsers({ account, users, done, close }: DialogProps) {
  const { chime, caller } = useSession();
  const team = account.AccountType === "Team";
  const oneself = caller.UserId !== undefined && users.some(({ UserId }) => UserId === caller.UserId);
  const last = useLastAdministrator(users);
  const registered = users.some(({ UserRegistrationStatus }) => UserRegistrationStatus !== "Unregistered");
  const invited = users.some(({ UserRegistrationStatus }) => UserRegistrationStatus === "Unregistered");
  return (
    <Confirm
      title={`${team ? "Remove" : "Suspend"} ${counted(users.length)}?`}
      submit={team ? "Remove" : "Suspend"}
      failed={team ? "Nobody was removed" : "Nobody was suspended"}
      acknowledge={[
        team ? "I understand that only a new invitation brings them back" : "I understand that they are signed out everywhere at once",
        ...(oneself ? ["I am one of them, and lose what I may do here"] : []),
        ...(last ? ["Nobody is left who administers by signing in: only access keys are"] : []),
      ]}
      run={() => doTo(suspension, chime, account, users)}
      done={(outcome) => done(outcome, team ? ["was removed", "were removed"] : ["was suspended", "were suspended"])}
      close={close}
    >
      <Whom users={users} />
      {oneself && <Alert type="warning">You are about to {team ? "remove" : "suspend"} yourself. This console ends for you with it.</Alert>}
      {last && <Alert type="warning">No administrator who signs in would be left. The root access key goes on working.</Alert>}
      <ul className="points">
        {registered && (team ? <TeamConsequences /> : <EnterpriseConsequences />)}
        {invited && <li>Whoever was only invited: the invitation is withdrawn, and its link is void.</li>}
      </ul>
    </Confirm>
  );
}

function EnterpriseConsequences() {
  return (
    <>
      <li>They are signed out at once of all apps on all devices, and cannot sign in until somebody activates them.</li>
      <li>They stay in the account. Name, license, personal PIN and phone number stay theirs.</li>
      <li>An administrator's role that they hold ends, and does not come back when they are activated.</li>
    </>
  );
}

function TeamConsequences() {
  return (
    <>
      <li>They leave the account, and its license and phone number with it. Apps are told at their next check of who is signed in.</li>
      <li>They are not signed out, and may go on as free users, with what is theirs.</li>
      <li>An administrator's role that they hold here ends.</li>
    </>
  );
}
