import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { useNavigate } from "react-router";
import { FormDialog } from "../../parts/FormDialog";
import { useChange } from "../../parts/change";
import { useSession } from "../../session/session";
import { accessKey } from "./api";

export function CreatePrincipal({ close }: { close(): void }) {
  const { extensions } = useSession();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const create = useChange({
    run: () => extensions.call("POST", ["iam", "users"], {}, { UserName: name.trim() }),
    stale: [accessKey],
    done: () => `${name.trim()} was created. Give it a policy, and a key to call with.`,
  });
  return (
    <FormDialog
      title="Create a principal"
      submit="Create"
      failed="The principal was not created"
      blocked={name.trim() ? undefined : "Type a name first."}
      run={() => create.mutateAsync()}
      done={() => void navigate("/access/principals/" + encodeURIComponent(name.trim()))}
      close={close}
    >
      <FormField label="Name" description="What the program is, such as helpdesk or payroll-sync." constraintText="1 to 64 letters, digits and characters of _+=,.@-">
        <Input value={name} onChange={({ detail }) => setName(detail.value)} autoComplete="off" spellcheck={false} />
      </FormField>
    </FormDialog>
  );
}
