import type { User } from "@aws-sdk/client-chime";
import type { TableProps } from "@cloudscape-design/components/table";
import { path, To } from "../../app/links";
import { Moment } from "../../parts/Moment";
import { Name } from "../../parts/Name";
import { UserState } from "./UserState";

// hidden are the columns that are not shown until somebody wishes so.
export const hidden = ["type", "invited", "id"];

// columnsOf are the columns of the users of the account.
export const columnsOf = (account: string): TableProps.ColumnDefinition<User>[] => [
  {
    id: "address",
    header: "Address",
    isRowHeader: true,
    minWidth: 180,
    maxWidth: 320,
    cell: ({ UserId, PrimaryEmail, DisplayName }) => (
      <To to={path("accounts", account, "users", UserId!)}>
        <Name>{PrimaryEmail ?? DisplayName ?? UserId}</Name>
      </To>
    ),
  },
  { id: "name", header: "Name", minWidth: 140, maxWidth: 260, cell: ({ DisplayName }) => <Name>{DisplayName}</Name> },
  { id: "status", header: "Status", minWidth: 130, cell: (user) => <UserState user={user} /> },
  { id: "license", header: "License", cell: ({ LicenseType }) => LicenseType ?? "–" },
  { id: "type", header: "Type", cell: ({ UserType }) => (UserType === "SharedDevice" ? "Shared device" : "User") },
  { id: "invited", header: "Invited", cell: ({ InvitedOn }) => <Moment at={InvitedOn} /> },
  { id: "registered", header: "Registered", cell: ({ RegisteredOn }) => <Moment at={RegisteredOn} /> },
  { id: "id", header: "User ID", cell: ({ UserId }) => UserId },
];
