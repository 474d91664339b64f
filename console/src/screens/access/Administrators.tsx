import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";
import { useAllowed } from "../../api/allowed";
import { path, To } from "../../app/links";
import { usePages } from "../../app/pages";
import { Failure } from "../../parts/Failure";
import { Moment } from "../../parts/Moment";
import { Name } from "../../parts/Name";
import { useSession } from "../../session/session";
import { accessKey, type Administrator, nameOf } from "./api";
import { EditRole } from "./EditRole";
import { GrantRole } from "./GrantRole";
import { RevokeRole } from "./RevokeRole";

// pageSize is how many administrators a page has.
const pageSize = 50;

type Open = { dialog: "grant" } | { dialog: "edit" | "revoke"; who: Administrator };

const keyOf = ({ AccountId, UserId }: Administrator) => `${AccountId}/${UserId}`;

// Administrators are the people with a role: they sign in to this console by Carillon's own pages.
export function Administrators() {
  const { extensions } = useSession();
  const allowed = useAllowed();
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const administrators = usePages<Administrator>([...accessKey, "administrators"], async (token, signal) => {
    const page = await extensions.call<{ Administrators: Administrator[]; NextToken: string | null }>(
      "GET",
      ["iam", "administrators"],
      { "next-token": token, "max-results": pageSize },
      undefined,
      signal,
    );
    return { items: page.Administrators, next: page.NextToken };
  });
  const { items, pagination } = administrators;
  const alone = items.length === 1 && pagination.currentPageIndex === 1 && !administrators.more;
  const columns: TableProps.ColumnDefinition<Administrator>[] = [
    { id: "name", header: "Person", isRowHeader: true, minWidth: 180, cell: (who) => <Person who={who} /> },
    { id: "policies", header: "Policies", minWidth: 200, cell: ({ Policies, InlinePolicies }) => <Name>{[...Policies, ...InlinePolicies.map(({ PolicyName }) => PolicyName)].join(", ")}</Name> },
    { id: "account", header: "Account", minWidth: 170, cell: ({ AccountId }) => <To to={path("accounts", AccountId)}>{AccountId}</To> },
    { id: "since", header: "Since", minWidth: 130, cell: ({ GrantedTimestamp }) => <Moment at={GrantedTimestamp} /> },
    {
      id: "actions",
      header: "Actions",
      cell: (who) => (
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="inline-link" ariaLabel={`Edit the role of ${nameOf(who)}`} onClick={() => setOpen({ dialog: "edit", who })} {...allowed("iam:GrantAdministrator")}>
            Edit
          </Button>
          <Button variant="inline-link" ariaLabel={`Revoke the role of ${nameOf(who)}`} onClick={() => setOpen({ dialog: "revoke", who })} {...allowed("iam:RevokeAdministrator")}>
            Revoke
          </Button>
        </SpaceBetween>
      ),
    },
  ];
  return (
    <SpaceBetween size="m">
      {administrators.error && <Failure doing="The administrators could not be read" error={administrators.error} retry={administrators.refetch} />}
      <Table
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
        ariaLabels={{ tableLabel: "Administrators" }}
        trackBy={keyOf}
        wrapLines
        loading={administrators.loading}
        loadingText="Reading the administrators"
        items={items}
        columnDefinitions={columns}
        pagination={<Pagination {...pagination} />}
        empty={<Box textAlign="center">Nobody has a role: only access keys get in here. Add whoever administers the directory.</Box>}
      />
      {open?.dialog === "grant" && <GrantRole close={close} />}
      {open?.dialog === "edit" && <EditRole who={open.who} close={close} />}
      {open?.dialog === "revoke" && <RevokeRole who={open.who} last={alone} close={close} />}
    </SpaceBetween>
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
