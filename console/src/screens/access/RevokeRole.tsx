import Box from "@cloudscape-design/components/box";
import { Confirm } from "../../parts/Confirm";
import { Name } from "../../parts/Name";
import { useChange } from "../../parts/change";
import { useSession } from "../../session/session";
import { accessKey, type Administrator, nameOf } from "./api";

// RevokeRole takes the role from somebody. Oneself and the last one ask for a tick.
export function RevokeRole({ who, last, close }: { who: Administrator; last: boolean; close(): void }) {
  const { caller, extensions } = useSession();
  const myself = caller.UserId === who.UserId && caller.AccountId === who.AccountId;
  const revoke = useChange({
    run: () => extensions.call("DELETE", ["iam", "administrators", who.AccountId, who.UserId]),
    stale: [accessKey],
    done: () => (
      <>
        <Name>{nameOf(who)}</Name> is an administrator no longer.
      </>
    ),
  });
  return (
    <Confirm
      title={
        <>
          Revoke the role of <Name>{nameOf(who)}</Name>?
        </>
      }
      submit="Revoke"
      failed="The role was not revoked"
      acknowledge={[
        ...(myself ? ["I understand that this is me: the console stops working for me at once"] : []),
        ...(last ? ["I understand that nobody else is an administrator: only access keys get in afterwards"] : []),
      ]}
      run={() => revoke.mutateAsync()}
      close={close}
    >
      <Box>They are refused here from their next request on. They stay a member of their account, and signed in to their apps.</Box>
    </Confirm>
  );
}
