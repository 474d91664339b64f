import Box from "@cloudscape-design/components/box";
import { Confirm } from "../../parts/Confirm";
import { useSession } from "../../session/session";
import { activation, doTo } from "./api";
import type { DialogProps } from "./UserDialog";
import { users as counted, Whom } from "./Whom";

export function ActivateUsers({ account, users, done, close }: DialogProps) {
  const { chime } = useSession();
  return (
    <Confirm
      title={`Activate ${counted(users.length)}?`}
      submit="Activate"
      failed="Nobody was activated"
      run={() => doTo(activation, chime, account, users)}
      done={(outcome) => done(outcome, ["is active", "are active"])}
      close={close}
    >
      <Whom users={users} />
      <Box>They may sign in again. Nobody is signed in by this, and what they were signed in to before stays ended.</Box>
    </Confirm>
  );
}
