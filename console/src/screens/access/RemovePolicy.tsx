import Box from "@cloudscape-design/components/box";
import { Confirm } from "../../parts/Confirm";
import { useChange } from "../../parts/change";
import { useSession } from "../../session/session";
import { accessKey, type Policy, type Principal } from "./api";

// RemovePolicy detaches a managed policy, or deletes one of the principal's own.
export function RemovePolicy({ principal, policy, close }: { principal: Principal; policy: Policy; close(): void }) {
  const { extensions, caller } = useSession();
  const { UserName } = principal;
  const { PolicyName, Managed } = policy;
  const verb = Managed ? "Detach" : "Delete";
  const remove = useChange({
    run: () => extensions.call("DELETE", ["iam", "users", UserName, "policies", PolicyName], { operation: Managed ? "detach" : undefined }),
    stale: [accessKey],
    done: () => `${UserName} has the policy ${PolicyName} no longer.`,
  });
  return (
    <Confirm
      title={`${verb} ${PolicyName}?`}
      submit={verb}
      failed={`The policy was not ${Managed ? "detached" : "deleted"}`}
      acknowledge={caller.Arn === principal.Arn ? "I understand that this is me, and that I may be able to do less at once" : undefined}
      run={() => remove.mutateAsync()}
      close={close}
    >
      <Box>
        {UserName} may do less, or more if the policy denies something, from the next request on. {!Managed && "The document is gone for good."}
      </Box>
    </Confirm>
  );
}
