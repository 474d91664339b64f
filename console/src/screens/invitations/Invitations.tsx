// Who was invited to an account and has not accepted yet.
import type { Account } from "@aws-sdk/client-chime";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";
import { both, closed, type Gate, useAllowed } from "../../api/allowed";
import { gather, usePages } from "../../app/pages";
import { useChange } from "../../parts/change";
import { Confirm } from "../../parts/Confirm";
import { Empty } from "../../parts/Empty";
import { Moment } from "../../parts/Moment";
import { Name } from "../../parts/Name";
import { PagedTable } from "../../parts/PagedTable";
import { usePreferences } from "../../parts/preferences";
import { useSession } from "../../session/session";
import { accountKey } from "../accounts/api";
import { InviteUsers } from "../users/InviteUsers";
import { useAddingGates } from "../users/UsersHeader";

interface Invitation {
  UserId: string;
  EmailAddress: string;
  InvitedTimestamp: string;
  ExpiresTimestamp: string;
  EmailStatus: "Sent" | "NotSent" | "Failed" | null;
}

// steps is how many bounded parts of the account's users are looked through for one page.
const steps = 10;

function useInvitations(account: string, size: number, gate: Gate) {
  const { extensions } = useSession();
  return usePages<Invitation>(
    [...accountKey(account), "invitations", { size }],
    (token, signal) =>
      gather(token, size, steps, async (after, most) => {
        const query = { "max-results": most, "next-token": after };
        const route = ["accounts", account, "invitations"];
        const answer = await extensions.call<{ Invitations: Invitation[]; NextToken: string | null }>("GET", route, query, undefined, signal);
        return { items: answer.Invitations, next: answer.NextToken };
      }),
    { gate },
  );
}

const columns: TableProps.ColumnDefinition<Invitation>[] = [
  { id: "address", header: "Address", isRowHeader: true, cell: ({ EmailAddress }) => <Name>{EmailAddress}</Name> },
  { id: "mail", header: "Mail", cell: ({ EmailStatus }) => <Mail status={EmailStatus} /> },
  { id: "invited", header: "Invited", cell: ({ InvitedTimestamp }) => <Moment at={InvitedTimestamp} /> },
  { id: "expires", header: "Expires", cell: ({ ExpiresTimestamp }) => <Moment at={ExpiresTimestamp} /> },
];

function Mail({ status }: { status: Invitation["EmailStatus"] }) {
  switch (status) {
    case "Failed":
      return <StatusIndicator type="error">Not delivered</StatusIndicator>;
    case "NotSent":
      return <StatusIndicator type="pending">Not sent</StatusIndicator>;
    default:
      return <StatusIndicator>Sent</StatusIndicator>;
  }
}

export function Invitations({ account }: { account: Account }) {
  const id = account.AccountId!;
  const gate = useAllowed(id);
  const preferences = usePreferences("invitations", columns);
  const pages = useInvitations(id, preferences[0].pageSize, gate("chime:ListInvitations"));
  const [selected, select] = useState<Invitation[]>([]);
  const [dialog, setDialog] = useState<"invite" | "cancel">();
  const adding = useAddingGates(account);
  const chosen = selected.filter(({ UserId }) => pages.items.some((item) => item.UserId === UserId));
  const close = () => setDialog(undefined);
  return (
    <>
      <PagedTable
        what="invitations"
        columns={columns}
        pages={pages}
        preferences={preferences}
        rowId={({ UserId }) => UserId}
        rowName={({ EmailAddress }) => EmailAddress}
        selection={{ type: "multi", items: chosen, select }}
        header={
          <Header
            variant="h2"
            description="Who has not accepted yet. Inviting an address again sends another mail."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button
                  onClick={() => setDialog("cancel")}
                  {...both(closed(chosen.length ? undefined : "Select invitations first."), gate("chime:CancelInvitation"))}
                >
                  Withdraw
                </Button>
                <Button variant="primary" onClick={() => setDialog("invite")} {...adding.invite}>
                  Invite users
                </Button>
              </SpaceBetween>
            }
          >
            Invitations
          </Header>
        }
        empty={<Empty title="No invitation is open" />}
      />
      {dialog === "invite" && <InviteUsers account={account} close={close} />}
      {dialog === "cancel" && <Withdraw account={id} invitations={chosen} close={close} />}
    </>
  );
}

function Withdraw({ account, invitations, close }: { account: string; invitations: Invitation[]; close(): void }) {
  const { extensions } = useSession();
  const withdraw = useChange({
    run: async () => {
      for (const { UserId } of invitations) {
        await extensions.call("DELETE", ["accounts", account, "invitations", UserId]);
      }
    },
    stale: [accountKey(account)],
    done: () => (invitations.length === 1 ? "The invitation was withdrawn." : `${invitations.length} invitations were withdrawn.`),
  });
  return (
    <Confirm
      title={invitations.length === 1 ? "Withdraw the invitation?" : `Withdraw ${invitations.length} invitations?`}
      submit="Withdraw"
      failed="Not all were withdrawn"
      run={() => withdraw.mutateAsync()}
      close={close}
    >
      <ul>
        {invitations.map(({ UserId, EmailAddress }) => (
          <li key={UserId}>
            <Name>{EmailAddress}</Name>
          </li>
        ))}
      </ul>
      <div>The links in their mails are void from then on.</div>
    </Confirm>
  );
}
