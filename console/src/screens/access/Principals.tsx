import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";
import { useAllowed } from "../../api/allowed";
import { path, To } from "../../app/links";
import { Empty } from "../../parts/Empty";
import { ListTable } from "../../parts/ListTable";
import { Moment } from "../../parts/Moment";
import { Name } from "../../parts/Name";
import { type Principal, usePrincipals } from "./api";
import { CreatePrincipal } from "./CreatePrincipal";

export function ActiveState({ status }: { status: "Active" | "Inactive" }) {
  return status === "Active" ? <StatusIndicator>Active</StatusIndicator> : <StatusIndicator type="stopped">Disabled</StatusIndicator>;
}

const columns: TableProps.ColumnDefinition<Principal>[] = [
  {
    id: "name",
    header: "Name",
    isRowHeader: true,
    minWidth: 160,
    cell: ({ UserName }) => (
      <To to={path("access", "principals", UserName)}>
        <Name>{UserName}</Name>
      </To>
    ),
  },
  { id: "status", header: "Status", minWidth: 120, cell: ({ Status }) => <ActiveState status={Status} /> },
  { id: "policies", header: "Policies", minWidth: 200, cell: (principal) => <PolicyNames {...principal} /> },
  { id: "created", header: "Created", minWidth: 130, cell: ({ CreateTimestamp }) => <Moment at={CreateTimestamp} /> },
];

function PolicyNames({ Root, PolicyNames }: Principal) {
  if (Root) {
    return <>The root: everything</>;
  }
  return PolicyNames?.length ? (
    <Name>{PolicyNames.join(", ")}</Name>
  ) : (
    <StatusIndicator type="warning">None: may do nothing</StatusIndicator>
  );
}

// Principals are the programs, and the root, that call by access keys.
export function Principals() {
  const principals = usePrincipals();
  const allowed = useAllowed();
  const [creating, setCreating] = useState(false);
  return (
    <SpaceBetween size="m">
      <ListTable
        title="Principals"
        what="principals"
        actions={
          <Button onClick={() => setCreating(true)} {...allowed("iam:CreateUser")}>
            Create principal
          </Button>
        }
        columns={columns}
        query={principals}
        rowId={({ UserName }) => UserName}
        empty={<Empty title="There is no principal">Create one for each program that calls.</Empty>}
      />
      {creating && <CreatePrincipal close={() => setCreating(false)} />}
    </SpaceBetween>
  );
}
