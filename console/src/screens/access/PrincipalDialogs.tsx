import Box from "@cloudscape-design/components/box";
import { useNavigate } from "react-router";
import { Confirm } from "../../parts/Confirm";
import { useChange } from "../../parts/change";
import { useSession } from "../../session/session";
import { accessKey, type Principal } from "./api";

// ownAccess asks for a tick of whoever is about to cut off themselves.
function useOwnAccess(principal: Principal): string | undefined {
  const { caller } = useSession();
  return caller.Arn === principal.Arn ? "I understand that this is me: the console stops working for me at once" : undefined;
}

// ChangePrincipal disables a principal, or enables it again.
export function ChangePrincipal({ principal, close }: { principal: Principal; close(): void }) {
  const { extensions } = useSession();
  const own = useOwnAccess(principal);
  const name = principal.UserName;
  const disable = principal.Status === "Active";
  const change = useChange({
    run: () => extensions.call("POST", ["iam", "users", name], {}, { Status: disable ? "Inactive" : "Active" }),
    stale: [accessKey],
    done: () => `${name} was ${disable ? "disabled" : "enabled"}.`,
  });
  return (
    <Confirm
      title={disable ? `Disable ${name}?` : `Enable ${name}?`}
      submit={disable ? "Disable" : "Enable"}
      failed={`${name} was not ${disable ? "disabled" : "enabled"}`}
      acknowledge={disable ? own : undefined}
      run={() => change.mutateAsync()}
      close={close}
    >
      <Box>
        {disable
          ? "All its keys are refused from the next request on, until it is enabled again."
          : "Its keys work again from the next request on, except those that are disabled themselves."}
      </Box>
    </Confirm>
  );
}

export function DeletePrincipal({ principal, close }: { principal: Principal; close(): void }) {
  const { extensions } = useSession();
  const own = useOwnAccess(principal);
  const navigate = useNavigate();
  const name = principal.UserName;
  const remove = useChange({
    run: () => extensions.call("DELETE", ["iam", "users", name]),
    stale: [accessKey],
    done: () => `${name} was deleted.`,
  });
  return (
    <Confirm
      title={`Delete ${name}?`}
      submit="Delete"
      failed={`${name} was not deleted`}
      acknowledge={own ?? "I understand that its keys and policies are gone for good"}
      run={() => remove.mutateAsync()}
      done={() => void navigate("/access/principals")}
      close={close}
    >
      <Box>Whatever calls with its keys is refused from the next request on. To try that out first, disable it.</Box>
    </Confirm>
  );
}
