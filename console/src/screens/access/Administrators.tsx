import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";
import { useAllowed } from "../../api/allowed";
import { path, To } from "../../app/links";
import { usePages } from "../../app/pages";
import { Empty } from "../../parts/Empty";
import { Moment } from "../../parts/Moment";
import { Name } from "../../parts/Name";
import { PagedTable } from "../../parts/PagedTable";
import { usePreferences } from "../../parts/preferences";
import { useSession } from "../../session/session";
import { accessKey, type Administrator, nameOf } from "./api";
import { EditRole } from "./EditRole";
import { GrantRole } from "./GrantRole";
import { RevokeRole } from "./RevokeRole";

type Open = { dialog: "grant" } | { dialog: "edit" | "revoke"; who: Administrator };

const keyOf = ({ AccountId, UserId }: Administrator) => `${AccountId}/${UserId}`;

// Administrators are the people with a role: they sign in to this console by Carillon's own pages.
export function Administrators() {
  const { extensions } = useSession();
  const allowed = useAllowed();
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const columns: TableProps.ColumnDefinition<Administrator>[] = [
    { id: "name", header: "Person", isRowHeader: true, minWidth: 180, cell: (who) => <Person who={who} /> },
    {
      id: "policies",
      header: "Policies",
      minWidth: 200,
      maxWidth: 320,
      cell: ({ Policies, InlinePolicies }) => (
        <Name>{[...Policies, ...InlinePolicies.map(({ PolicyName }) => PolicyName)].join(", ")}</Name>
      ),
    },
    { id: "account", header: "Account", minWidth: 170, cell: ({ AccountId }) => <To to={path("accounts", AccountId)}>{AccountId}</To> },
    { id: "since", header: "Since", minWidth: 130, cell: ({ GrantedTimestamp }) => <Moment at={GrantedTimestamp} /> },
    {
      id: "actions",
      header: "Actions",
      cell: (who) => (
        <SpaceBetween direction="horizontal" size="xs">
          <Button
            variant="inline-link"
            ariaLabel={`Edit the role of ${nameOf(who)}`}
            onClick={() => setOpen({ dialog: "edit", who })}
            {...allowed("iam:GrantAdministrator")}
          >
            Edit
          </Button>
          <Button
            variant="inline-link"
            ariaLabel={`Revoke the role of ${nameOf(who)}`}
            onClick={() => setOpen({ dialog: "revoke", who })}
            {...allowed("iam:RevokeAdministrator")}
          >
            Revoke
          </Button>
        </SpaceBetween>
      ),
    },
  ];
  const preferences = usePreferences("administrators", columns, ["account"]);
  const size = preferences[0].pageSize;
  const administrators = usePages<Administrator>([...accessKey, "administrators", size], async (token, signal) => {
    const query = { "next-token": token, "max-results": size };
    const page = await extensions.call<{ Administrators: Administrator[]; NextToken: string | null }>(
      "GET",
      ["iam", "administrators"],
      query,
      undefined,
      signal,
    );
    return { items: page.Administrators, next: page.NextToken };
  });
  const alone = administrators.items.length === 1 && administrators.pagination.currentPageIndex === 1 && !administrators.more;
  return (
    <>
      <PagedTable
        what="administrators"
        header={
          <Header
            variant="h2"
            description="People with a role sign in to this console as themselves. The role ends when they are suspended or leave their account."
            actions={
              <Button onClick={() => setOpen({ dialog: "grant" })} {...allowed("iam:GrantAdministrator")}>
                Add administrator
              </Button>
            }
          >
            Administrators
          </Header>
        }
        columns={columns}
        pages={administrators}
        preferences={preferences}
        rowId={keyOf}
        rowName={nameOf}
        empty={<Empty title="Nobody has a role">Only access keys get in here. Add whoever administers the directory.</Empty>}
      />
      {open?.dialog === "grant" && <GrantRole close={close} />}
      {open?.dialog === "edit" && <EditRole who={open.who} close={close} />}
      {open?.dialog === "revoke" && <RevokeRole who={open.who} last={alone} close={close} />}
    </>
  );
}

function Person({ who }: { who: Administrator }) {
  return (
    <>
      <To to={path("accounts", who.AccountId, "users", who.UserId)}>
        <Name>{nameOf(who)}</Name>
      </To>
      {who.DisplayName && (
        <Box color="text-body-secondary">
          <Name>{who.EmailAddress}</Name>
        </Box>
      )}
    </>
  );
}
