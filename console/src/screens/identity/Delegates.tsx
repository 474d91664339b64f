import { type Account, AssociateSigninDelegateGroupsWithAccountCommand, DisassociateSigninDelegateGroupsFromAccountCommand, GetAccountCommand } from "@aws-sdk/client-chime";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import Textarea from "@cloudscape-design/components/textarea";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { both, closed, useAllowed } from "../../api/allowed";
import { Confirm } from "../../parts/Confirm";
import { Failure } from "../../parts/Failure";
import { FormDialog } from "../../parts/FormDialog";
import { Name } from "../../parts/Name";
import { useChange } from "../../parts/change";
import { lines } from "../../parts/lines";
import { useSession } from "../../session/session";
import { accountKeys } from "./api";

// Delegates are the groups whose members may sign in on behalf of shared devices.
export function Delegates({ account }: { account: Account }) {
  const id = account.AccountId!;
  const { chime } = useSession();
  const groups = useQuery({
    queryKey: ["account", id, "delegates"],
    queryFn: ({ signal }) => chime.send(new GetAccountCommand({ AccountId: id }), { abortSignal: signal }),
    select: ({ Account }) => (Account?.SigninDelegateGroups ?? []).flatMap(({ GroupName }) => (GroupName ? [{ GroupName }] : [])),
  });
  const allowed = useAllowed(id);
  const [selected, setSelected] = useState<{ GroupName: string }[]>([]);
  const [open, setOpen] = useState<"add" | "remove">();
  const wrongType = closed(account.AccountType === "EnterpriseDirectory" ? undefined : "Only accounts of type EnterpriseDirectory have them.");
  const close = () => setOpen(undefined);
  const actions = (
    <SpaceBetween direction="horizontal" size="xs">
      <Button
        onClick={() => setOpen("remove")}
        {...both(wrongType, allowed("chime:DisassociateSigninDelegateGroupsFromAccount"), closed(selected.length ? undefined : "Select groups first."))}
      >
        Remove groups
      </Button>
      <Button onClick={() => setOpen("add")} {...both(wrongType, allowed("chime:AssociateSigninDelegateGroupsWithAccount"))}>
        Add groups
      </Button>
    </SpaceBetween>
  );
  return (
    <>
      {groups.error && <Failure doing="The sign-in delegates could not be read" error={groups.error} retry={groups.refetch} />}
      <Table
        header={
          <Header variant="h2" description="Groups whose members may sign in on behalf of shared devices." actions={actions}>
            Sign-in delegates
          </Header>
        }
        ariaLabels={{
          tableLabel: "Sign-in delegates",
          selectionGroupLabel: "Groups",
          allItemsSelectionLabel: () => "Select all groups",
          itemSelectionLabel: (_, { GroupName }) => `Select ${GroupName}`,
        }}
        trackBy="GroupName"
        selectionType={wrongType.disabled ? undefined : "multi"}
        selectedItems={selected}
        onSelectionChange={({ detail }) => setSelected(detail.selectedItems)}
        loading={groups.isPending}
        loadingText="Reading the groups"
        items={groups.data ?? []}
        columnDefinitions={[{ id: "name", header: "Group", isRowHeader: true, cell: ({ GroupName }) => <Name>{GroupName}</Name> }]}
        empty={<Box textAlign="center">{wrongType.disabledReason ?? "No group may sign in on behalf of shared devices."}</Box>}
      />
      {open === "add" && <AddGroups account={id} close={close} />}
      {open === "remove" && <RemoveGroups account={id} names={selected.map(({ GroupName }) => GroupName)} done={() => setSelected([])} close={close} />}
    </>
  );
}

function AddGroups({ account, close }: { account: string; close(): void }) {
  const { chime } = useSession();
  const [text, setText] = useState("");
  const names = lines(text);
  const add = useChange({
    run: () => chime.send(new AssociateSigninDelegateGroupsWithAccountCommand({ AccountId: account, SigninDelegateGroups: names.map((GroupName) => ({ GroupName })) })),
    stale: accountKeys(account),
    done: () => "The groups were added.",
  });
  return (
    <FormDialog
      title="Add sign-in delegates"
      submit="Add"
      failed="The groups were not added"
      blocked={names.length ? undefined : "Type a group's name first."}
      run={() => add.mutateAsync()}
      close={close}
    >
      <FormField label="Groups" description="The names of groups in the directory, one a line.">
        <Textarea value={text} onChange={({ detail }) => setText(detail.value)} spellcheck={false} />
      </FormField>
    </FormDialog>
  );
}

function RemoveGroups({ account, names, done, close }: { account: string; names: string[]; done(): void; close(): void }) {
  const { chime } = useSession();
  const remove = useChange({
    run: () => chime.send(new DisassociateSigninDelegateGroupsFromAccountCommand({ AccountId: account, GroupNames: names })),
    stale: accountKeys(account),
    done: () => "The groups were removed.",
  });
  return (
    <Confirm
      title={names.length === 1 ? "Remove this group?" : `Remove ${names.length} groups?`}
      submit="Remove"
      failed="The groups were not removed"
      run={async () => {
        await remove.mutateAsync();
        done();
      }}
      close={close}
    >
      <Box>Their members may no longer sign in on behalf of shared devices.</Box>
    </Confirm>
  );
}
