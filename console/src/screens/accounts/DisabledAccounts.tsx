// The accounts that were deleted and can be restored.
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import type { TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";
import { both, closed, useAllowed } from "../../api/allowed";
import { useChange } from "../../parts/change";
import { Confirm } from "../../parts/Confirm";
import { Empty } from "../../parts/Empty";
import { Moment } from "../../parts/Moment";
import { Name } from "../../parts/Name";
import { PagedTable } from "../../parts/PagedTable";
import { usePreferences } from "../../parts/preferences";
import { useSession } from "../../session/session";
import { accountsKey, type DeletedAccount, deletedKey, useDeletedAccounts } from "./api";
import { kindOf } from "./kinds";

const columns: TableProps.ColumnDefinition<DeletedAccount>[] = [
  { id: "name", header: "Name", isRowHeader: true, cell: ({ Name: name }) => <Name>{name}</Name> },
  { id: "type", header: "Type", cell: ({ AccountType }) => kindOf(AccountType).label },
  { id: "deleted", header: "Deleted", cell: ({ DeletedTimestamp }) => <Moment at={DeletedTimestamp} /> },
  { id: "gone", header: "Gone for good", cell: ({ PurgedTimestamp }) => <Moment at={PurgedTimestamp} /> },
  { id: "id", header: "Account ID", cell: ({ AccountId }) => AccountId },
];

export function DisabledAccounts() {
  const gate = useAllowed();
  const preferences = usePreferences("disabled-accounts", columns);
  const pages = useDeletedAccounts(preferences[0].pageSize, gate("chime:ListDeletedAccounts"));
  const [selected, select] = useState<DeletedAccount[]>([]);
  const [restoring, setRestoring] = useState<DeletedAccount>();
  const account = pages.items.find(({ AccountId }) => AccountId === selected[0]?.AccountId);
  return (
    <>
      <PagedTable
        what="disabled accounts"
        columns={columns}
        pages={pages}
        preferences={preferences}
        rowId={({ AccountId }) => AccountId!}
        rowName={({ Name: name }) => name ?? ""}
        selection={{ type: "single", items: account ? [account] : [], select }}
        header={
          <Header
            variant="h2"
            description="A deleted account can be restored for 90 days, with its settings and without users."
            actions={
              <Button
                onClick={() => setRestoring(account)}
                {...both(closed(account ? undefined : "Select an account first."), gate("chime:RestoreAccount"))}
              >
                Restore
              </Button>
            }
          >
            Disabled accounts
          </Header>
        }
        empty={<Empty title="No account was deleted in the last 90 days" />}
      />
      {restoring && <RestoreAccount account={restoring} close={() => setRestoring(undefined)} />}
    </>
  );
}

function RestoreAccount({ account, close }: { account: DeletedAccount; close(): void }) {
  const { extensions } = useSession();
  const restore = useChange({
    run: () => extensions.call("POST", ["accounts", account.AccountId!], { operation: "restore" }),
    stale: [accountsKey, deletedKey],
    done: () => (
      <>
        The account <Name>{account.Name}</Name> is in use again.
      </>
    ),
  });
  return (
    <Confirm title="Restore this account?" submit="Restore" failed="The account was not restored" run={() => restore.mutateAsync()} close={close}>
      <div>
        <Name>{account.Name}</Name> is in use again at once, with its id and settings. Its users are not: they are invited, or join, anew.
      </div>
    </Confirm>
  );
}
