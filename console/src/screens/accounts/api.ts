// Accounts, as the server has them.
import { type Account, GetAccountCommand, ListAccountsCommand, type User } from "@aws-sdk/client-chime";
import { useQuery, useQueryClient } from "@tanstack/react-query";
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
export function useAccounts(prefix: string, size: number) {
  const { chime } = useSession();
  const queries = useQueryClient();
  return usePages<Account>([...accountsKey, { prefix, size }], async (token, signal) => {
    const input = { Name: prefix || undefined, MaxResults: size, NextToken: token };
    const { Accounts = [], NextToken } = await chime.send(new ListAccountsCommand(input), { abortSignal: signal });
    Accounts.forEach((account) => queries.setQueryData([...accountKey(account.AccountId!), "itself"], account)); // it need not be read again to be shown
    return { items: Accounts, next: NextToken };
  });
}

// useMembersFound looks for a member of any account, by the whole address.
export function useMembersFound(address: string) {
  const { extensions } = useSession();
  return usePages<User>(
    ["members-found", address],
    async (_, signal): Promise<Page<User>> => {
      const { Users } = await extensions.call<{ Users: User[] }>("GET", ["users"], { email: address }, undefined, signal);
      return { items: Users, next: null };
    },
    { enabled: isAddress(address) },
  );
}

export function useDeletedAccounts(size: number) {
  const { extensions } = useSession();
  return usePages<DeletedAccount>([...deletedKey, { size }], async (token, signal) => {
    const query = { "max-results": size, "next-token": token };
    const answer = await extensions.call<{ Accounts: DeletedAccount[]; NextToken?: string }>("GET", ["deleted-accounts"], query, undefined, signal);
    return { items: answer.Accounts, next: answer.NextToken };
  });
}

// isAddress is the contract's pattern of an address.
export const isAddress = (text: string) => /.+@.+\..+/.test(text);
