import FormField from "@cloudscape-design/components/form-field";
import Multiselect from "@cloudscape-design/components/multiselect";
import { usePolicies } from "./api";

// RolePolicies chooses the managed policies of a role. Those that are chosen are there even while the list is not.
export function RolePolicies({ chosen, change }: { chosen: string[]; change(names: string[]): void }) {
  const policies = usePolicies();
  const options = (policies.data ?? [])
    .filter(({ Managed }) => Managed)
    .map(({ PolicyName, Description }) => ({ value: PolicyName, label: PolicyName, description: Description ?? undefined }));
  return (
    <FormField label="Policies" description="What the role allows. You can give what you may do yourself, and no more." stretch>
      <Multiselect
        selectedOptions={chosen.map((name) => options.find(({ value }) => value === name) ?? { value: name, label: name })}
        options={options}
        placeholder="Choose policies"
        statusType={policies.isLoading ? "loading" : policies.error ? "error" : "finished"}
        errorText="The policies could not be read"
        deselectAriaLabel={({ label }) => `Leave out ${label}`}
        onChange={({ detail }) => change(detail.selectedOptions.flatMap(({ value }) => (value ? [value] : [])))}
      />
    </FormField>
  );
}
