import Box from "@cloudscape-design/components/box";
import { Confirm } from "../../parts/Confirm";
import { useChange } from "../../parts/change";
import { useSession } from "../../session/session";
import { accessKey, type AccessKey } from "./api";

const path = ({ UserName, AccessKeyId }: AccessKey) => ["iam", "users", UserName, "access-keys", AccessKeyId];

// ChangeKey disables an access key, or enables it again.
export function ChangeKey({ access, close }: { access: AccessKey; close(): void }) {
  const { extensions } = useSession();
  const disable = access.Status === "Active";
  const change = useChange({
    run: () => extensions.call("POST", path(access), {}, { Status: disable ? "Inactive" : "Active" }),
    stale: [accessKey],
    done: () => `The key ${access.AccessKeyId} was ${disable ? "disabled" : "enabled"}.`,
  });
  return (
    <Confirm
      title={disable ? "Disable this key?" : "Enable this key?"}
      submit={disable ? "Disable" : "Enable"}
      failed="The key was not changed"
      run={() => change.mutateAsync()}
      close={close}
    >
      <Box>
        {access.AccessKeyId}: {disable ? "calls with it are refused from the next request on, until it is enabled again." : "calls with it are taken again."}
      </Box>
    </Confirm>
  );
}

export function DeleteKey({ access, close }: { access: AccessKey; close(): void }) {
  const { extensions } = useSession();
  const remove = useChange({
    run: () => extensions.call("DELETE", path(access)),
    stale: [accessKey],
    done: () => `The key ${access.AccessKeyId} was deleted.`,
  });
  return (
    <Confirm
      title="Delete this key?"
      submit="Delete"
      failed="The key was not deleted"
      acknowledge="I understand that whatever calls with it is refused for good"
      run={() => remove.mutateAsync()}
      close={close}
    >
      <Box>{access.AccessKeyId} cannot be brought back. To find out who misses it, disable it first.</Box>
    </Confirm>
  );
}
