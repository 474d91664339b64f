// What a user may do with a phone number.
import { UpdateUserSettingsCommand, type UserSettings } from "@aws-sdk/client-chime";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import { both, closed, useAllowed } from "../../api/allowed";
import { useChange } from "../../parts/change";
import { Failure } from "../../parts/Failure";
import { FormDialog } from "../../parts/FormDialog";
import { useSession } from "../../session/session";
import { settingsKey, useUserSettings } from "./api";

type Permissions = NonNullable<UserSettings["Telephony"]>;

const permissions: { name: keyof Permissions; label: string }[] = [
  { name: "InboundCalling", label: "Receive calls" },
  { name: "OutboundCalling", label: "Make calls" },
  { name: "SMS", label: "Send and receive text messages" },
];

export function Telephony({ account, user }: { account: string; user: string }) {
  const gate = useAllowed(account);
  const read = gate("chime:GetUserSettings");
  const settings = useUserSettings(account, user, !read.disabled);
  const [editing, setEditing] = useState<Permissions>();
  const present = settings.data?.Telephony;
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button onClick={() => setEditing(present)} {...both(gate("chime:UpdateUserSettings"), closed(present ? undefined : "They were not read yet."))}>
              Edit telephony permissions
            </Button>
          }
        >
          Telephony permissions
        </Header>
      }
    >
      {settings.error ? (
        <Failure doing="The settings could not be read" error={settings.error} retry={settings.refetch} />
      ) : (
        <KeyValuePairs
          columns={3}
          items={permissions.map(({ name, label }) => ({ label, value: <Allowed value={present?.[name]} reason={read.disabledReason} /> }))}
        />
      )}
      {editing && <EditTelephony account={account} user={user} present={editing} close={() => setEditing(undefined)} />}
    </Container>
  );
}

function Allowed({ value, reason }: { value: boolean | undefined; reason: string | undefined }) {
  if (value === undefined) {
    return reason ?? "…";
  }
  return <StatusIndicator type={value ? "success" : "stopped"}>{value ? "Allowed" : "Not allowed"}</StatusIndicator>;
}

function EditTelephony({ account, user, present, close }: { account: string; user: string; present: Permissions; close(): void }) {
  const { chime } = useSession();
  const [wished, setWished] = useState(present);
  const save = useChange({
    run: () => chime.send(new UpdateUserSettingsCommand({ AccountId: account, UserId: user, UserSettings: { Telephony: wished } })),
    stale: [settingsKey(account, user)],
    done: () => "The telephony permissions were changed. They count from the user's next sign-in on.",
  });
  return (
    <FormDialog title="Telephony permissions" submit="Save" failed="The permissions were not changed" run={() => save.mutateAsync()} close={close}>
      {permissions.map(({ name, label }) => (
        <Checkbox key={name} checked={wished[name] ?? false} onChange={({ detail }) => setWished({ ...wished, [name]: detail.checked })}>
          {label}
        </Checkbox>
      ))}
    </FormDialog>
  );
}
