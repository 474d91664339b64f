import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";
import { useAllowed } from "../../api/allowed";
import { Failure } from "../../parts/Failure";
import { Name } from "../../parts/Name";
import { type Policy, type Principal, usePoliciesOf } from "./api";
import { AttachPolicy } from "./AttachPolicy";
import { PolicyEditor } from "./PolicyEditor";
import { PolicyViewer } from "./PolicyViewer";
import { RemovePolicy } from "./RemovePolicy";

type Open = { dialog: "attach" | "new" } | { dialog: "edit" | "view" | "remove"; policy: Policy };

// PoliciesOf are a principal's policies: managed ones by name, and its own with their documents.
export function PoliciesOf({ principal }: { principal: Principal }) {
  const name = principal.UserName;
  const policies = usePoliciesOf(name);
  const allowed = useAllowed();
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const columns: TableProps.ColumnDefinition<Policy>[] = [
    {
      id: "name",
      header: "Policy",
      isRowHeader: true,
      cell: (policy) => (
        <Button variant="inline-link" ariaLabel={`Show ${policy.PolicyName}`} onClick={() => setOpen({ dialog: "view", policy })}>
          <Name>{policy.PolicyName}</Name>
        </Button>
      ),
    },
    { id: "kind", header: "Kind", cell: ({ Managed }) => (Managed ? "Managed" : "Its own") },
    {
      id: "actions",
      header: "Actions",
      cell: (policy) => (
        <SpaceBetween direction="horizontal" size="xs">
          {!policy.Managed && (
            <Button variant="inline-link" ariaLabel={`Edit ${policy.PolicyName}`} onClick={() => setOpen({ dialog: "edit", policy })} {...allowed("iam:PutUserPolicy")}>
              Edit
            </Button>
          )}
          <Button
            variant="inline-link"
            ariaLabel={`${policy.Managed ? "Detach" : "Delete"} ${policy.PolicyName}`}
            onClick={() => setOpen({ dialog: "remove", policy })}
            {...allowed(policy.Managed ? "iam:DetachUserPolicy" : "iam:DeleteUserPolicy")}
          >
            {policy.Managed ? "Detach" : "Delete"}
          </Button>
        </SpaceBetween>
      ),
    },
  ];
  const actions = (
    <SpaceBetween direction="horizontal" size="xs">
      <Button onClick={() => setOpen({ dialog: "attach" })} {...allowed("iam:AttachUserPolicy")}>
        Attach managed policy
      </Button>
      <Button onClick={() => setOpen({ dialog: "new" })} {...allowed("iam:PutUserPolicy")}>
        Write a policy
      </Button>
    </SpaceBetween>
  );
  return (
    <>
      {policies.error && <Failure doing="The policies could not be read" error={policies.error} retry={policies.refetch} />}
      <Table
        header={
          <Header variant="h2" counter={policies.data && `(${policies.data.length})`} actions={actions}>
            Policies
          </Header>
        }
        ariaLabels={{ tableLabel: "Policies" }}
        trackBy="PolicyName"
        wrapLines
        loading={policies.isPending}
        loadingText="Reading the policies"
        items={policies.data ?? []}
        columnDefinitions={columns}
        empty={<Box textAlign="center">It has no policy, and may do nothing. Attach a managed one, or write one.</Box>}
      />
      {open?.dialog === "attach" && <AttachPolicy principal={name} has={(policies.data ?? []).map(({ PolicyName }) => PolicyName)} close={close} />}
      {open?.dialog === "new" && <PolicyEditor principal={name} close={close} />}
      {open?.dialog === "edit" && <PolicyEditor principal={name} policy={open.policy} close={close} />}
      {open?.dialog === "view" && <PolicyViewer policy={open.policy} close={close} />}
      {open?.dialog === "remove" && <RemovePolicy principal={principal} policy={open.policy} close={close} />}
    </>
  );
}
