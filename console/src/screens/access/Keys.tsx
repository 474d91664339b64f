import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";
import { useAllowed } from "../../api/allowed";
import { Copyable } from "../../parts/Copyable";
import { Failure } from "../../parts/Failure";
import { Moment } from "../../parts/Moment";
import { OnceSecret } from "../../parts/OnceSecret";
import { useChange } from "../../parts/change";
import { useSession } from "../../session/session";
import { accessKey, type AccessKey, type Principal, useKeys } from "./api";
import { ChangeKey, DeleteKey } from "./KeyDialogs";
import { ActiveState } from "./Principals";

// Keys are a principal's access keys.
export function Keys({ principal }: { principal: Principal }) {
  const { extensions } = useSession();
  const name = principal.UserName;
  const keys = useKeys(name);
  const allowed = useAllowed();
  const [open, setOpen] = useState<{ dialog: "change" | "delete"; key: AccessKey }>();
  const [made, setMade] = useState<AccessKey>();
  const create = useChange<void, { AccessKey: AccessKey }>({
    run: () => extensions.call("POST", ["iam", "users", name, "access-keys"]),
    stale: [accessKey],
    failed: "The key was not created",
  });
  const columns: TableProps.ColumnDefinition<AccessKey>[] = [
    { id: "id", header: "Access key ID", isRowHeader: true, cell: ({ AccessKeyId }) => <Copyable text={AccessKeyId} what={AccessKeyId} /> },
    { id: "status", header: "Status", cell: ({ Status }) => <ActiveState status={Status} /> },
    { id: "created", header: "Created", cell: ({ CreateTimestamp }) => <Moment at={CreateTimestamp} /> },
    {
      id: "actions",
      header: "Actions",
      cell: (key) => {
        const verb = key.Status === "Active" ? "Disable" : "Enable";
        return (
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="inline-link" ariaLabel={`${verb} ${key.AccessKeyId}`} onClick={() => setOpen({ dialog: "change", key })} {...allowed("iam:UpdateAccessKey")}>
              {verb}
            </Button>
            <Button variant="inline-link" ariaLabel={`Delete ${key.AccessKeyId}`} onClick={() => setOpen({ dialog: "delete", key })} {...allowed("iam:DeleteAccessKey")}>
              Delete
            </Button>
          </SpaceBetween>
        );
      },
    },
  ];
  return (
    <>
      {keys.error && <Failure doing="The access keys could not be read" error={keys.error} retry={keys.refetch} />}
      <Table
        header={
          <Header
            variant="h2"
            counter={keys.data && `(${keys.data.length})`}
            actions={
              <Button
                onClick={() => create.mutate(undefined, { onSuccess: (answer) => setMade(answer.AccessKey) })}
                loading={create.isPending}
                {...allowed("iam:CreateAccessKey")}
              >
                Create key
              </Button>
            }
          >
            Access keys
          </Header>
        }
        ariaLabels={{ tableLabel: "Access keys" }}
        trackBy="AccessKeyId"
        wrapLines
        loading={keys.isPending}
        loadingText="Reading the keys"
        items={keys.data ?? []}
        columnDefinitions={columns}
        empty={<Box textAlign="center">It has no key, and cannot call. Create one and hand it over.</Box>}
      />
      {open?.dialog === "change" && <ChangeKey access={open.key} close={() => setOpen(undefined)} />}
      {open?.dialog === "delete" && <DeleteKey access={open.key} close={() => setOpen(undefined)} />}
      {made && (
        <OnceSecret
          title={`${name} has a new key`}
          items={[
            { label: "Access key ID", value: made.AccessKeyId },
            { label: "Secret access key", value: made.SecretAccessKey ?? "" },
          ]}
          close={() => setMade(undefined)}
        />
      )}
    </>
  );
}
