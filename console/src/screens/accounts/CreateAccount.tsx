import { CreateAccountCommand } from "@aws-sdk/client-chime";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { useNavigate } from "react-router";
import { path } from "../../app/links";
import { useChange } from "../../parts/change";
import { FormDialog } from "../../parts/FormDialog";
import { Name } from "../../parts/Name";
import { useSession } from "../../session/session";
import { accountsKey } from "./api";

// maxName is the longest name of an account, in characters.
const maxName = 100;

export function CreateAccount({ close }: { close(): void }) {
  const { chime } = useSession();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const create = useChange({
    run: () => chime.send(new CreateAccountCommand({ Name: name })),
    stale: [accountsKey],
    done: () => (
      <>
        The account <Name>{name}</Name> was created. Invite its first users now, or claim a mail domain for it under Identity.
      </>
    ),
  });
  const long = [...name].length > maxName;
  return (
    <FormDialog
      title="Create an account"
      submit="Create"
      failed="The account was not created"
      blocked={!name.trim() ? "Type a name first." : long ? "The name is too long." : undefined}
      run={() => create.mutateAsync()}
      done={({ Account }) => void navigate(path("accounts", Account!.AccountId!, "users"))}
      close={close}
    >
      <FormField label="Name" constraintText={`1 to ${maxName} characters.`} errorText={long && `It has ${[...name].length} characters.`}>
        <Input value={name} onChange={({ detail }) => setName(detail.value)} autoComplete="off" />
      </FormField>
    </FormDialog>
  );
}
