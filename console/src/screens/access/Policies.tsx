import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";
import { path, To } from "../../app/links";
import { Failure } from "../../parts/Failure";
import { Name } from "../../parts/Name";
import { type Policy, usePolicies } from "./api";
import { PolicyViewer } from "./PolicyViewer";

// keyOf names a policy among all: principals may have policies of their own of the same name.
const keyOf = ({ PolicyName, UserNames, Managed }: Policy) => (Managed ? PolicyName : `${PolicyName}\n${(UserNames ?? []).join("\n")}`);

// Policies are all that principals have or can be given, and who has them.
export function Policies() {
  const policies = usePolicies();
  const [shown, setShown] = useState<Policy>();
  const columns: TableProps.ColumnDefinition<Policy>[] = [
    {
      id: "name",
      header: "Policy",
      isRowHeader: true,
      cell: (policy) => (
        <Button variant="inline-link" ariaLabel={`Show ${policy.PolicyName}`} onClick={() => setShown(policy)}>
          <Name>{policy.PolicyName}</Name>
        </Button>
      ),
    },
    { id: "kind", header: "Kind", cell: ({ Managed }) => (Managed ? "Managed" : "A principal's own") },
    { id: "description", header: "Description", cell: ({ Description }) => Description ?? "–" },
    { id: "users", header: "Principals", cell: ({ UserNames }) => <PrincipalLinks names={UserNames ?? []} /> },
  ];
  return (
    <SpaceBetween size="m">
      {policies.error && <Failure doing="The policies could not be read" error={policies.error} retry={policies.refetch} />}
      <Table
        header={
          <Header variant="h2" counter={policies.data && `(${policies.data.length})`} description="A principal's own policies are written on its page.">
            Policies
          </Header>
        }
        ariaLabels={{ tableLabel: "Policies" }}
        trackBy={keyOf}
        wrapLines
        loading={policies.isPending}
        loadingText="Reading the policies"
        items={policies.data ?? []}
        columnDefinitions={columns}
        empty={<Box textAlign="center">There is no policy.</Box>}
      />
      {shown && <PolicyViewer policy={shown} close={() => setShown(undefined)} />}
    </SpaceBetween>
  );
}

function PrincipalLinks({ names }: { names: string[] }) {
  if (names.length === 0) {
    return <>–</>;
  }
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {names.map((name) => (
        <To key={name} to={path("access", "principals", name)}>
          <Name>{name}</Name>
        </To>
      ))}
    </SpaceBetween>
  );
}
