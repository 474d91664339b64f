import Box from "@cloudscape-design/components/box";
import { useState } from "react";
import { FormDialog } from "../../parts/FormDialog";
import { Name } from "../../parts/Name";
import { useChange } from "../../parts/change";
import { useSession } from "../../session/session";
import { accessKey, type Administrator, nameOf } from "./api";
import { RolePolicies } from "./RolePolicies";

// EditRole changes the managed policies of a role; policies of its own stay as they are.
export function EditRole({ who, close }: { who: Administrator; close(): void }) {
  const { extensions } = useSession();
  const [chosen, setChosen] = useState(who.Policies);
  const save = useChange({
    run: () =>
      extensions.call(
        "PUT",
        ["iam", "administrators", who.AccountId, who.UserId],
        {},
        { Policies: chosen, InlinePolicies: who.InlinePolicies },
      ),
    stale: [accessKey],
    done: () => (
      <>
        The role of <Name>{nameOf(who)}</Name> was changed. It holds from their next request on.
      </>
    ),
  });
  return (
    <FormDialog
      title={
        <>
          Edit the role of <Name>{nameOf(who)}</Name>
        </>
      }
      submit="Save"
      failed="The role was not changed"
      blocked={chosen.length + who.InlinePolicies.length ? undefined : "Choose a policy, or revoke the role instead."}
      run={() => save.mutateAsync()}
      close={close}
    >
      <RolePolicies chosen={chosen} change={setChosen} />
      {who.InlinePolicies.length > 0 && (
        <Box>It has policies of its own, which stay: {who.InlinePolicies.map(({ PolicyName }) => PolicyName).join(", ")}.</Box>
      )}
    </FormDialog>
  );
}
