// The member with an address, in whichever account they are.
import type { User } from "@aws-sdk/client-chime";
import Header from "@cloudscape-design/components/header";
import type { TableProps } from "@cloudscape-design/components/table";
import { useAllowed } from "../../api/allowed";
import { path, To } from "../../app/links";
import { Empty } from "../../parts/Empty";
import { PagedTable } from "../../parts/PagedTable";
import { usePreferences } from "../../parts/preferences";
import { Name } from "../../parts/Name";
import { UserState } from "../users/UserState";
import { useAccount, useMembersFound } from "./api";

const columns: TableProps.ColumnDefinition<User>[] = [
  {
    id: "address",
    header: "Address",
    isRowHeader: true,
    cell: ({ AccountId, UserId, PrimaryEmail }) => <To to={path("accounts", AccountId!, "users", UserId!)}><Name>{PrimaryEmail}</Name></To>,
  },
  { id: "name", header: "Name", cell: ({ DisplayName }) => <Name>{DisplayName}</Name> },
  { id: "account", header: "Account", cell: ({ AccountId }) => <AccountName id={AccountId!} /> },
  { id: "status", header: "Status", cell: (user) => <UserState user={user} /> },
  { id: "license", header: "License", cell: ({ LicenseType }) => LicenseType ?? "–" },
];

export function MembersFound({ address }: { address: string }) {
  const gate = useAllowed()("chime:GetUserByEmail");
  const preferences = usePreferences("members", columns);
  const pages = useMembersFound(address, gate);
  return (
    <PagedTable
      what="members"
      columns={columns}
      pages={pages}
      preferences={preferences}
      rowId={({ UserId }) => UserId!}
      rowName={({ PrimaryEmail }) => PrimaryEmail ?? ""}
      header={<Header variant="h2">Members with the address</Header>}
      empty={<Empty title="Nobody in your accounts has this address">Somebody who was only invited is found in the account itself.</Empty>}
    />
  );
}

function AccountName({ id }: { id: string }) {
  const account = useAccount(id);
  return <To to={path("accounts", id)}><Name>{account.data?.Name ?? id}</Name></To>;
}
