// The users of an account, as the server has them.
import {
  type Account,
  BatchSuspendUserCommand,
  BatchUnsuspendUserCommand,
  BatchUpdateUserCommand,
  type ChimeClient,
  GetUserCommand,
  type License,
  ListUsersCommand,
  type ListUsersCommandInput,
  LogoutUserCommand,
  type User,
  type UserType,
} from "@aws-sdk/client-chime";
import { useQuery } from "@tanstack/react-query";
import type { Gate } from "../../api/allowed";
import { describe, statusOf } from "../../api/errors";
import { type Page, gather, usePages } from "../../app/pages";
import { useSession } from "../../session/session";
import { accountKey } from "../accounts/api";

// Filter narrows the users of an account; what is empty does not. The names are those of the server's parameters.
export interface Filter {
  "email-prefix": string;
  status: string;
  license: string;
  "user-type": string;
}

export const isFiltered = (filter: Filter) => Object.values(filter).some(Boolean);

export const usersKey = (account: string) => [...accountKey(account), "users"];
export const userKey = (account: string, user: string) => [...accountKey(account), "user", user];

// steps is how many bounded searches one page takes at most: each looks through 2,000 users.
const steps = 10;

// useUsers lists the users of the account who match. Whoever may not filter can still look for a whole address, and for
// users of one type.
export function useUsers(account: string, filter: Filter, gates: { list: Gate; filter: Gate }, size: number) {
  const { chime, extensions } = useSession();
  const filters = isFiltered(filter) && !gates.filter.disabled;
  const load = async (token: string | undefined, signal: AbortSignal) => {
    if (!filters) {
      const input: ListUsersCommandInput = {
        AccountId: account,
        MaxResults: size,
        NextToken: token,
        UserEmail: filter["email-prefix"] || undefined,
        UserType: (filter["user-type"] as UserType) || undefined,
      };
      const { Users = [], NextToken } = await chime.send(new ListUsersCommand(input), { abortSignal: signal });
      return { items: Users, next: NextToken };
    }
    return gather(token, size, steps, async (after, most): Promise<Page<User>> => {
      const query = { ...filter, "max-results": most, "next-token": after };
      const answer = await extensions.call<{ Users: User[]; NextToken?: string }>("GET", ["accounts", account, "search"], query, undefined, signal);
      return { items: answer.Users, next: answer.NextToken };
    });
  };
  return usePages<User>([...usersKey(account), { ...filter, filters, size }], load, { gate: filters ? gates.filter : gates.list });
}

export function useUser(account: string, user: string) {
  const { chime } = useSession();
  return useQuery({
    queryKey: [...userKey(account, user), "itself"],
    queryFn: async ({ signal }) => (await chime.send(new GetUserCommand({ AccountId: account, UserId: user }), { abortSignal: signal })).User!,
  });
}

// Refused is a user for whom something was not done.
export interface Refused {
  user: User;
  code: string;
  message: string;
}

export interface Outcome {
  done: User[];
  refused: Refused[];
}

// A Batch does something to as many users as one request takes, and returns what was refused.
interface Batch {
  most: number;
  run(chime: ChimeClient, account: Account, users: User[]): Promise<{ UserId?: string; ErrorCode?: string; ErrorMessage?: string }[]>;
}

const ids = (users: User[]) => users.map(({ UserId }) => UserId!);

export const suspension: Batch = {
  most: 50,
  run: async (chime, { AccountId }, users) =>
    (await chime.send(new BatchSuspendUserCommand({ AccountId, UserIdList: ids(users) }))).UserErrors ?? [],
};

export const activation: Batch = {
  most: 50,
  run: async (chime, { AccountId }, users) =>
    (await chime.send(new BatchUnsuspendUserCommand({ AccountId, UserIdList: ids(users) }))).UserErrors ?? [],
};

export const licensing = (license: License): Batch => ({
  most: 20,
  run: async (chime, { AccountId }, users) => {
    const items = users.map(({ UserId }) => ({ UserId, LicenseType: license }));
    return (await chime.send(new BatchUpdateUserCommand({ AccountId, UpdateUserRequestItems: items }))).UserErrors ?? [];
  },
});

export const signingOut: Batch = {
  most: 1,
  run: async (chime, { AccountId }, [user]) => {
    await chime.send(new LogoutUserCommand({ AccountId, UserId: user!.UserId }));
    return [];
  },
};

// doTo does it to all of the users, batch by batch, and goes on where a batch fails. It throws only when nothing was done
// to anybody, and it was one thing that went wrong with all.
export async function doTo(batch: Batch, chime: ChimeClient, account: Account, users: User[]): Promise<Outcome> {
  const outcome: Outcome = { done: [], refused: [] };
  let failure: unknown;
  for (let i = 0; i < users.length; i += batch.most) {
    const some = users.slice(i, i + batch.most);
    try {
      const errors = new Map((await batch.run(chime, account, some)).map((error) => [error.UserId, error]));
      for (const user of some) {
        const error = errors.get(user.UserId);
        if (error) {
          outcome.refused.push({ user, code: error.ErrorCode ?? "", message: error.ErrorMessage ?? "" });
        } else {
          outcome.done.push(user);
        }
      }
    } catch (error) {
      failure ??= error;
      const code = statusOf(error) === 404 ? "NotFound" : (error as Error).name;
      outcome.refused.push(...some.map((user) => ({ user, code, message: describe(error) })));
    }
  }
  if (failure && outcome.done.length === 0 && users.length <= batch.most) {
    throw failure;
  }
  return outcome;
}
