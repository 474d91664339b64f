import { type AccountSettings, GetAccountSettingsCommand, UpdateAccountSettingsCommand } from "@aws-sdk/client-chime";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Skeleton from "@cloudscape-design/components/skeleton";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { both, closed, useAllowed } from "../../api/allowed";
import { Failure } from "../../parts/Failure";
import { useChange } from "../../parts/change";
import { useSession } from "../../session/session";

const settingsKey = (account: string) => ["account", account, "settings"];

// MeetingSettings are the account's policies for meetings. They are changed together, by Save.
export function MeetingSettings({ account }: { account: string }) {
  const { chime } = useSession();
  const allowed = useAllowed(account);
  const settings = useQuery({
    queryKey: settingsKey(account),
    queryFn: ({ signal }) => chime.send(new GetAccountSettingsCommand({ AccountId: account }), { abortSignal: signal }),
    select: ({ AccountSettings }) => AccountSettings ?? {},
  });
  const [change, setChange] = useState<AccountSettings>({});
  const save = useChange({
    run: () => chime.send(new UpdateAccountSettingsCommand({ AccountId: account, AccountSettings: change })),
    stale: [settingsKey(account)],
    done: () => {
      setChange({});
      return "The meeting settings were saved.";
    },
    failed: "The meeting settings were not saved",
  });
  const saved = settings.data ?? {};
  const now = { ...saved, ...change };
  const same = Object.entries(change).every(([name, value]) => saved[name as keyof AccountSettings] === value);
  const gate = allowed("chime:UpdateAccountSettings");
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button onClick={() => save.mutate()} loading={save.isPending} {...both(gate, closed(same ? "Nothing is changed yet." : undefined))}>
              Save
            </Button>
          }
        >
          Meetings
        </Header>
      }
    >
      {settings.error && <Failure doing="The settings could not be read" error={settings.error} retry={settings.refetch} />}
      {settings.isPending && <Skeleton height="80px" />}
      {settings.data && (
        <SpaceBetween size="m">
          <Toggle
            checked={now.DisableRemoteControl ?? false}
            disabled={gate.disabled}
            description="Whoever shares a screen cannot give others control of it."
            onChange={({ detail }) => setChange({ ...change, DisableRemoteControl: detail.checked })}
          >
            No shared control of a shared screen
          </Toggle>
          <Toggle
            checked={now.EnableDialOut ?? false}
            disabled={gate.disabled}
            description="People can have a meeting call them."
            onChange={({ detail }) => setChange({ ...change, EnableDialOut: detail.checked })}
          >
            Outbound calling
          </Toggle>
        </SpaceBetween>
      )}
    </Container>
  );
}
