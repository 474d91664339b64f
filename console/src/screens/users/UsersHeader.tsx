import type { Account, User } from "@aws-sdk/client-chime";
import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useHref } from "react-router";
import { both, closed, useAllowed } from "../../api/allowed";
import { useFollow } from "../../app/links";
import { kindOf } from "../accounts/kinds";
import type { Action } from "./actions";
import { type Filter, isFiltered } from "./api";
import { UserActions } from "./UserActions";
import { users as counted } from "./Whom";

// Adding is a way in which users come to be.
export type Adding = "invite" | "device";

interface UsersHeaderProps {
  account: Account;
  filter: Filter;
  selected: User[];
  wholePage: boolean; // all that the page has are selected
  more: boolean; // there are other pages
  refresh(): void;
  act(action: Action): void;
  add(way: Adding): void;
  clear(): void;
}

export function UsersHeader({ account, filter, selected, wholePage, more, refresh, act, add, clear }: UsersHeaderProps) {
  const gates = useAddingGates(account);
  return (
    <SpaceBetween size="s">
      <Header
        variant="h2"
        counter={selected.length ? `(${counted(selected.length)} selected)` : undefined}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button iconName="refresh" ariaLabel="Read the list anew" onClick={refresh} />
            <UserActions account={account} users={selected} open={act} />
            <Button onClick={() => add("device")} {...gates.device}>
              Create shared device
            </Button>
            <Button variant="primary" onClick={() => add("invite")} {...gates.invite}>
              Invite users
            </Button>
          </SpaceBetween>
        }
      >
        Users
      </Header>
      {wholePage && more && <AllThatMatch account={account} filter={filter} clear={clear} />}
    </SpaceBetween>
  );
}

// useAddingGates says who may come into the account, and how.
export function useAddingGates(account: Account) {
  const gate = useAllowed(account.AccountId);
  const invites = kindOf(account.AccountType).invites;
  return {
    invite: both(
      closed(invites ? undefined : "Nobody is invited to this account: whoever signs in with an address of its domains joins it."),
      gate("chime:InviteUsers"),
    ),
    device: both(
      closed(account.AccountType === "EnterpriseDirectory" ? undefined : "Only accounts by directory have shared devices."),
      gate("chime:CreateUser"),
    ),
  };
}

// AllThatMatch hands over to bulk work, which is made for many.
function AllThatMatch({ account, filter, clear }: { account: Account; filter: Filter; clear(): void }) {
  const { follow } = useFollow();
  // The prefix says, even when it is empty, that it is a filter that chooses the users.
  const narrowed = Object.entries(filter).filter(([name, value]) => value || name === "email-prefix");
  const href = useHref("/bulk/new?" + new URLSearchParams([["account", account.AccountId!], ...narrowed]).toString());
  return (
    <Alert
      type="info"
      action={
        <SpaceBetween direction="horizontal" size="xs">
          <Button onClick={clear}>Select none</Button>
          <Button href={href} onFollow={follow}>
            {isFiltered(filter) ? "Go on with all that match" : "Go on with all users"}
          </Button>
        </SpaceBetween>
      }
    >
      All users on this page are selected. Others are on other pages.
    </Alert>
  );
}
