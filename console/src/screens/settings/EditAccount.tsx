import { type Account, type License, UpdateAccountCommand } from "@aws-sdk/client-chime";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";
import { FormDialog } from "../../parts/FormDialog";
import { useChange } from "../../parts/change";
import { useSession } from "../../session/session";
import { accountKeys } from "../identity/api";

// maxName is the longest name of an account, in characters.
const maxName = 100;

// EditAccount changes an account's name and the license of members to come.
export function EditAccount({ account, close }: { account: Account; close(): void }) {
  const { chime } = useSession();
  const id = account.AccountId!;
  // What was there when this was opened: only what differs is sent, because somebody else may have changed the rest.
  const [before] = useState(account);
  const [name, setName] = useState(before.Name ?? "");
  const [license, setLicense] = useState(before.DefaultLicense);
  const licenses = account.SupportedLicenses ?? [];
  const save = useChange({
    run: () =>
      chime.send(
        new UpdateAccountCommand({
          AccountId: id,
          Name: name === before.Name ? undefined : name,
          DefaultLicense: license === before.DefaultLicense ? undefined : license,
        }),
      ),
    stale: accountKeys(id),
    done: () => "The account was changed.",
  });
  return (
    <FormDialog
      title="Edit account"
      submit="Save"
      failed="The account was not changed"
      blocked={problem(name) ?? (name === before.Name && license === before.DefaultLicense ? "Nothing is changed yet." : undefined)}
      run={() => save.mutateAsync()}
      close={close}
    >
      <FormField label="Name" constraintText={`1 to ${maxName} characters.`}>
        <Input value={name} onChange={({ detail }) => setName(detail.value)} autoComplete="off" />
      </FormField>
      {licenses.length > 1 && (
        <FormField label="License for new members" description="Present members keep theirs.">
          <Select
            selectedOption={license ? { value: license, label: license } : null}
            options={licenses.map((value) => ({ value, label: value }))}
            onChange={({ detail }) => setLicense(detail.selectedOption.value as License)}
          />
        </FormField>
      )}
    </FormDialog>
  );
}

function problem(name: string): string | undefined {
  if (!name.trim()) {
    return "Type a name first.";
  }
  return [...name].length > maxName ? `The name has more than ${maxName} characters.` : undefined;
}
