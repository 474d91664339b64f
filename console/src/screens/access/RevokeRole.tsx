import Box from "@cloudscape-design/components/box";
import { Confirm } from "../../parts/Confirm";
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
    done: () => `${nameOf(who)} is an administrator no longer.`,
  });
  return (
    <Confirm
      title={`Revoke the role of ${nameOf(who)}?`}
      submit="Revoke"
      failed="The role was not revoked"
      acknowledge={warning(myself, last)}
      run={() => revoke.mutateAsync()}
      close={close}
    >
      <Box>They are refused here from their next request on. They stay a member of their account, and signed in to their apps.</Box>
    </Confirm>
  );
}

function warning(myself: boolean, last: boolean): string | undefined {
  if (!myself && !last) {
    return undefined;
  }
  const what = [myself && "this is me, and the console stops working for me at once", last && "nobody else is an administrator: only access keys get in afterwards"];
  return "I understand that " + what.filter(Boolean).join(", and that ");
}
