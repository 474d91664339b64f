import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";
import { FormDialog } from "../../parts/FormDialog";
import { useChange } from "../../parts/change";
import { useSession } from "../../session/session";
import { accessKey, usePolicies } from "./api";

export function AttachPolicy({ principal, has, close }: { principal: string; has: string[]; close(): void }) {
  const { extensions } = useSession();
  const policies = usePolicies();
  const [name, setName] = useState<string>();
  const attach = useChange({
    run: () => extensions.call("PUT", ["iam", "users", principal, "policies", name!], { operation: "attach" }),
    stale: [accessKey],
    done: () => `The policy ${name} was attached.`,
  });
  const options = (policies.data ?? [])
    .filter(({ Managed, PolicyName }) => Managed && !has.includes(PolicyName))
    .map(({ PolicyName, Description }) => ({ value: PolicyName, label: PolicyName, description: Description ?? undefined }));
  return (
    <FormDialog
      title="Attach a managed policy"
      submit="Attach"
      failed="The policy was not attached"
      blocked={name ? undefined : "Choose a policy first."}
      run={() => attach.mutateAsync()}
      close={close}
    >
      <FormField label="Policy" description="You can give what you may do yourself, and no more.">
        <Select
          selectedOption={options.find(({ value }) => value === name) ?? null}
          options={options}
          placeholder="Choose a policy"
          empty="It has all of them"
          statusType={policies.isPending ? "loading" : policies.error ? "error" : "finished"}
          errorText="The policies could not be read"
          onChange={({ detail }) => setName(detail.selectedOption.value)}
        />
      </FormField>
    </FormDialog>
  );
}
