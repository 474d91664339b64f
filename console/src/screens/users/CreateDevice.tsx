import { type Account, CreateUserCommand } from "@aws-sdk/client-chime";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { useChange } from "../../parts/change";
import { FormDialog } from "../../parts/FormDialog";
import { Name } from "../../parts/Name";
import { useSession } from "../../session/session";
import { usersKey } from "./api";

// CreateDevice makes the profile of a device that many people use, as in a meeting room.
export function CreateDevice({ account, close }: { account: Account; close(): void }) {
  const { chime } = useSession();
  const [name, setName] = useState("");
  const [address, setAddress] = useState("");
  const create = useChange({
    run: () =>
      chime.send(
        new CreateUserCommand({
          AccountId: account.AccountId,
          Username: name.trim() || undefined,
          Email: address.trim() || undefined,
          UserType: "SharedDevice",
        }),
      ),
    stale: [usersKey(account.AccountId!)],
    done: () => (
      <>
        The shared device <Name>{name || address}</Name> was created.
      </>
    ),
  });
  return (
    <FormDialog
      title="Create a shared device"
      submit="Create"
      failed="The shared device was not created"
      blocked={name.trim() || address.trim() ? undefined : "Type a name or an address first."}
      run={() => create.mutateAsync()}
      close={close}
    >
      <FormField label="Name" description="What people see in a meeting, such as the name of the room.">
        <Input value={name} onChange={({ detail }) => setName(detail.value)} autoComplete="off" />
      </FormField>
      <FormField label="Address" description="The mailbox of the room, if it has one.">
        <Input value={address} onChange={({ detail }) => setAddress(detail.value)} type="email" autoComplete="off" />
      </FormField>
    </FormDialog>
  );
}
