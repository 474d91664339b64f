// Accounts, as the server has them.
import { type Account, GetAccountCommand, ListAccountsCommand, type User } from "@aws-sdk/client-chime";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Gate } from "../../api/allowed";
import { type Page, usePages } from "../../app/pages";
import { useSession } from "../../session/session";

// DeletedAccount is one that can still be restored.
export interface DeletedAccount extends Account {
  DeletedTimestamp?: string;
  PurgedTimestamp?: string;
}

export const accountKey = (id: string) => ["account", id];
export const accountsKey = ["accounts"];
export const deletedKey = ["deleted-accounts"];

export function useAccount(id: string) {
  const { chime } = useSession();
  return useQuery({
    queryKey: [...accountKey(id), "itself"],
    queryFn: async ({ signal }) => (await chime.send(new GetAccountCommand({ AccountId: id }), { abortSignal: signal })).Account!,
  });
}

// useAccounts lists those whose name begins with the prefix.
export function useAccounts(prefix: string, size: number, gate: Gate) {
  const { chime } = useSession();
  const queries = useQueryClient();
  const load = async (token: string | undefined, signal: AbortSignal) => {
    const input = { Name: prefix || undefined, MaxResults: size, NextToken: token };
    const { Accounts = [], NextToken } = await chime.send(new ListAccountsCommand(input), { abortSignal: signal });
    // An account that is in the list need not be read again to be shown.
    Accounts.forEach((account) => queries.setQueryData([...accountKey(account.AccountId!), "itself"], account));
    return { items: Accounts, next: NextToken };
  };
  return usePages<Account>([...accountsKey, { prefix, size }], load, { gate });
}

// useMembersFound looks for a member of any account, by the whole address.
export function useMembersFound(address: string, gate: Gate) {
  const { extensions } = useSession();
  return usePages<User>(
    ["members-found", address],
    async (_, signal): Promise<Page<User>> => {
      const { Users } = await extensions.call<{ Users: User[] }>("GET", ["users"], { email: address }, undefined, signal);
      return { items: Users, next: null };
    },
    { gate },
  );
}

export function useDeletedAccounts(size: number, gate: Gate) {
  const { extensions } = useSession();
  const load = async (token: string | undefined, signal: AbortSignal) => {
    const query = { "max-results": size, "next-token": token };
    const answer = await extensions.call<{ Accounts: DeletedAccount[]; NextToken?: string }>("GET", ["deleted-accounts"], query, undefined, signal);
    return { items: answer.Accounts, next: answer.NextToken };
  };
  return usePages<DeletedAccount>([...deletedKey, { size }], load, { gate });
}

// isAddress is the contract's pattern of an address.
export const isAddress = (text: string) => /.+@.+\..+/.test(text);
