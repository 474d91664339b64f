import { UpdateUserCommand, type UserType } from "@aws-sdk/client-chime";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import { useState } from "react";
import { FormDialog } from "../../parts/FormDialog";
import { useSession } from "../../session/session";
import type { DialogProps } from "./UserDialog";
import { Whom } from "./Whom";

const types = [
  { value: "PrivateUser", label: "User", description: "One person." },
  { value: "SharedDevice", label: "Shared device", description: "A device that many people use, as in a meeting room. It has no personal PIN." },
];

// ChangeType says whether somebody is a person or a device.
export function ChangeType({ account, users: [user], done, close }: DialogProps) {
  const { chime } = useSession();
  const present = user!.UserType ?? "PrivateUser";
  const [type, setType] = useState<UserType>(present);
  return (
    <FormDialog
      title="Change the type"
      submit="Change"
      failed="The type was not changed"
      blocked={type === present ? "Choose another type first." : undefined}
      run={() => chime.send(new UpdateUserCommand({ AccountId: account.AccountId, UserId: user!.UserId, UserType: type }))}
      done={() => done({ done: [user!], refused: [] }, ["has another type now", "have another type now"])}
      close={close}
    >
      <Whom users={[user!]} />
      <FormField label="Type">
        <RadioGroup value={type} onChange={({ detail }) => setType(detail.value as UserType)} items={types} />
      </FormField>
    </FormDialog>
  );
}
