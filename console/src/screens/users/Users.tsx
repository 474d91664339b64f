// The users of an account.
import type { Account, User } from "@aws-sdk/client-chime";
import { useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { useAllowed } from "../../api/allowed";
import { PagedTable } from "../../parts/PagedTable";
import { usePreferences } from "../../parts/preferences";
import type { Action } from "./actions";
import { type Filter, isFiltered, useUsers } from "./api";
import { columnsOf, hidden } from "./columns";
import { CreateDevice } from "./CreateDevice";
import { InviteUsers } from "./InviteUsers";
import { NoUsers } from "./NoUsers";
import { UserDialog } from "./UserDialog";
import { UserFilter } from "./UserFilter";
import { UserPanel } from "./UserPanel";
import { type Adding, UsersHeader } from "./UsersHeader";
import { called } from "./Whom";

// roomy is from which width on the panel with the selected user opens by itself: on a phone it would hide the list.
const roomy = "(min-width: 50rem)";

const parameters = ["email-prefix", "status", "license", "user-type"] as const;

// useFilter is the filter that is in the page's address.
function useFilter(): [Filter, (next: Filter) => void] {
  const [query, setQuery] = useSearchParams();
  const filter = Object.fromEntries(parameters.map((name) => [name, query.get(name) ?? ""])) as unknown as Filter;
  const change = (next: Filter) => setQuery(Object.entries(next).filter(([, value]) => value), { replace: true });
  return [filter, change];
}

export function Users({ account }: { account: Account }) {
  const id = account.AccountId!;
  const columns = useMemo(() => columnsOf(id), [id]);
  const preferences = usePreferences("users", columns, hidden);
  const [filter, setFilter] = useFilter();
  const gate = useAllowed(id);
  const gates = { list: gate("chime:ListUsers"), filter: gate("chime:ListUsersByFilter") };
  const pages = useUsers(id, filter, gates, preferences[0].pageSize);
  const [selected, setSelected] = useState<User[]>([]);
  const [action, setAction] = useState<Action>();
  const [adding, setAdding] = useState<Adding>();
  const [panel, setPanel] = useState(true);
  // What is selected is shown as it was read last.
  const chosen = selected.map((user) => pages.items.find(({ UserId }) => UserId === user.UserId) ?? user);
  const select = (users: User[]) => {
    setSelected(users);
    setPanel(matchMedia(roomy).matches);
  };
  const narrow = (next: Filter) => {
    setSelected([]);
    setFilter(next);
  };
  const finish = () => {
    setAction(undefined);
    setSelected([]);
  };
  return (
    <>
      <PagedTable
        what="users"
        columns={columns}
        pages={pages}
        preferences={preferences}
        rowId={({ UserId }) => UserId!}
        rowName={called}
        selection={{ type: "multi", items: chosen, select }}
        header={
          <UsersHeader
            account={account}
            filter={filter}
            selected={chosen}
            wholePage={pages.items.length > 0 && pages.items.every(({ UserId }) => selected.some((user) => user.UserId === UserId))}
            more={pages.more || pages.pagination.currentPageIndex > 1}
            refresh={pages.refetch}
            act={setAction}
            add={setAdding}
            clear={() => setSelected([])}
          />
        }
        filter={<UserFilter account={id} value={filter} change={narrow} />}
        empty={<NoUsers account={account} filtered={isFiltered(filter)} add={setAdding} />}
      />
      {panel && chosen.length === 1 && !action && (
        <UserPanel account={account} user={chosen[0]!} close={() => setPanel(false)} />
      )}
      {action && <UserDialog action={action} account={account} users={chosen} close={finish} />}
      {adding === "invite" && <InviteUsers account={account} close={() => setAdding(undefined)} />}
      {adding === "device" && <CreateDevice account={account} close={() => setAdding(undefined)} />}
    </>
  );
}
