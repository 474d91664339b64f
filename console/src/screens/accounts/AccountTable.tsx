// The accounts that are in use.
import type { Account } from "@aws-sdk/client-chime";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { TableProps } from "@cloudscape-design/components/table";
import { useEffect, useState } from "react";
import { both, closed, useAllowed } from "../../api/allowed";
import { path, To } from "../../app/links";
import { Empty } from "../../parts/Empty";
import { Moment } from "../../parts/Moment";
import { Name } from "../../parts/Name";
import { PagedTable } from "../../parts/PagedTable";
import { usePreferences } from "../../parts/preferences";
import { DeleteAccount } from "../settings/DeleteAccount";
import { EditAccount } from "../settings/EditAccount";
import { useAccounts } from "./api";
import { CreateAccount } from "./CreateAccount";
import { kindOf } from "./kinds";

const columns: TableProps.ColumnDefinition<Account>[] = [
  { id: "name", header: "Name", isRowHeader: true, maxWidth: 360, cell: ({ AccountId, Name: name }) => <To to={path("accounts", AccountId!)}><Name>{name}</Name></To> },
  { id: "type", header: "Type", cell: ({ AccountType }) => kindOf(AccountType).label },
  { id: "license", header: "License of new users", cell: ({ DefaultLicense }) => DefaultLicense ?? "–" },
  { id: "created", header: "Created", cell: ({ CreatedTimestamp }) => <Moment at={CreatedTimestamp} /> },
  { id: "id", header: "Account ID", maxWidth: 320, cell: ({ AccountId }) => AccountId },
];

type Dialog = "create" | "edit" | "delete";

export function AccountTable({ prefix }: { prefix: string }) {
  const preferences = usePreferences("accounts", columns);
  const pages = useAccounts(prefix, preferences[0].pageSize, useAllowed()("chime:ListAccounts"));
  useEffect(() => void import("./AccountPage"), []); // one of the accounts is opened next
  const [selected, select] = useState<Account[]>([]);
  const [dialog, setDialog] = useState<Dialog>();
  const account = pages.items.find(({ AccountId }) => AccountId === selected[0]?.AccountId);
  const close = () => setDialog(undefined);
  const create = <CreateButton primary={false} open={() => setDialog("create")} />;
  return (
    <>
      <PagedTable
        what="accounts"
        columns={columns}
        pages={pages}
        preferences={preferences}
        rowId={({ AccountId }) => AccountId!}
        rowName={({ Name: name }) => name ?? ""}
        selection={{ type: "single", items: account ? [account] : [], select }}
        header={
          <Header
            variant="h2"
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <AccountActions account={account} open={setDialog} />
                <CreateButton primary open={() => setDialog("create")} />
              </SpaceBetween>
            }
          >
            Accounts in use
          </Header>
        }
        empty={
          prefix ? (
            <Empty title="No account's name begins like that">Whoever types a whole address finds the account of that member.</Empty>
          ) : (
            <Empty title="There are no accounts" action={create}>
              Make one for a team; it becomes an enterprise account when you claim a mail domain for it.
            </Empty>
          )
        }
      />
      {dialog === "create" && <CreateAccount close={close} />}
      {dialog === "edit" && account && <EditAccount account={account} close={close} />}
      {dialog === "delete" && account && <DeleteAccount account={account} close={close} />}
    </>
  );
}

function CreateButton({ primary, open }: { primary: boolean; open(): void }) {
  const gate = useAllowed();
  return (
    <Button variant={primary ? "primary" : "normal"} onClick={open} {...gate("chime:CreateAccount")}>
      Create account
    </Button>
  );
}

function AccountActions({ account, open }: { account: Account | undefined; open(dialog: Dialog): void }) {
  const gate = useAllowed(account?.AccountId);
  const one = closed(account ? undefined : "Select an account first.");
  return (
    <ButtonDropdown
      items={[
        { id: "edit", text: "Rename, or change the license of new users", ...both(one, gate("chime:UpdateAccount")) },
        { id: "delete", text: "Delete", ...both(one, gate("chime:DeleteAccount")) },
      ]}
      onItemClick={({ detail }) => open(detail.id as Dialog)}
    >
      Account actions
    </ButtonDropdown>
  );
}
