import Box from "@cloudscape-design/components/box";
import { Confirm } from "../../parts/Confirm";
import { useSession } from "../../session/session";
import { doTo, signingOut } from "./api";
import type { DialogProps } from "./UserDialog";
import { users as counted, Whom } from "./Whom";

export function SignOutUsers({ account, users, done, close }: DialogProps) {
  const { chime } = useSession();
  return (
    <Confirm
      title={`Sign out ${counted(users.length)}?`}
      submit="Sign out"
      failed="Nobody was signed out"
      run={() => doTo(signingOut, chime, account, users)}
      done={(outcome) => done(outcome, ["was signed out", "were signed out"])}
      close={close}
    >
      <Whom users={users} />
      <Box>They are signed out of all apps on all devices, at once. They may sign in again. Whoever was only invited is not affected.</Box>
    </Confirm>
  );
}
