import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";
import { useAllowed } from "../../api/allowed";
import { path, To } from "../../app/links";
import { Failure } from "../../parts/Failure";
import { Moment } from "../../parts/Moment";
import { Name } from "../../parts/Name";
import { type Principal, usePrincipals } from "./api";
import { CreatePrincipal } from "./CreatePrincipal";

export function ActiveState({ status }: { status: "Active" | "Inactive" }) {
  return status === "Active" ? <StatusIndicator>Active</StatusIndicator> : <StatusIndicator type="stopped">Disabled</StatusIndicator>;
}

const columns: TableProps.ColumnDefinition<Principal>[] = [
  { id: "name", header: "Name", isRowHeader: true, cell: ({ UserName }) => <To to={path("access", "principals", UserName)}><Name>{UserName}</Name></To> },
  { id: "status", header: "Status", cell: ({ Status }) => <ActiveState status={Status} /> },
  { id: "policies", header: "Policies", cell: (principal) => <PolicyNames {...principal} /> },
  { id: "created", header: "Created", cell: ({ CreateTimestamp }) => <Moment at={CreateTimestamp} /> },
];

function PolicyNames({ Root, PolicyNames }: Principal) {
  if (Root) {
    return <>The root: everything</>;
  }
  return PolicyNames?.length ? <Name>{PolicyNames.join(", ")}</Name> : <StatusIndicator type="warning">None: may do nothing</StatusIndicator>;
}

// Principals are the programs, and the root, that call by access keys.
export function Principals() {
  const principals = usePrincipals();
  const allowed = useAllowed();
  const [creating, setCreating] = useState(false);
  return (
    <SpaceBetween size="m">
      {principals.error && <Failure doing="The principals could not be read" error={principals.error} retry={principals.refetch} />}
      <Table
        header={
          <Header
            variant="h2"
            counter={principals.data && `(${principals.data.length})`}
            actions={
              <Button onClick={() => setCreating(true)} {...allowed("iam:CreateUser")}>
                Create principal
              </Button>
            }
          >
            Principals
          </Header>
        }
        ariaLabels={{ tableLabel: "Principals" }}
        trackBy="UserName"
        wrapLines
        loading={principals.isPending}
        loadingText="Reading the principals"
        items={principals.data ?? []}
        columnDefinitions={columns}
        empty={<Box textAlign="center">There is no principal. Create one for each program that calls.</Box>}
      />
      {creating && <CreatePrincipal close={() => setCreating(false)} />}
    </SpaceBetween>
  );
}
