// What a run asks of the server, by the clients of whoever is signed in: authorization, audit and throttling are everybody's.
import {
  BatchSuspendUserCommand,
  BatchUnsuspendUserCommand,
  BatchUpdateUserCommand,
  type ChimeClient,
  InviteUsersCommand,
  type License,
  LogoutUserCommand,
  type UserError,
} from "@aws-sdk/client-chime";
import type { Extensions } from "../api/extensions";
import type { Api, Refusal } from "./engine";
import { lookUpWith } from "./lookup";
import type { FoundUsers } from "./plan";
import type { Plan, User } from "./types";

export function apiOf(chime: ChimeClient, extensions: Extensions): Api {
  return {
    resolve: lookUpWith(chime, extensions),
    async apply(plan, users) {
      if (plan.action === "invite") {
        return invite(chime, plan, users.map(({ email }) => email));
      }
      const ids = users.map(({ id }) => id);
      const errors = await batch(chime, plan, ids);
      return new Map(errors.map(({ UserId, ErrorCode, ErrorMessage }) => [ids.indexOf(UserId ?? ""), { code: ErrorCode ?? "", message: ErrorMessage ?? "" }]));
    },
    async logout(accountId, userId) {
      try {
        await chime.send(new LogoutUserCommand({ AccountId: accountId, UserId: userId }));
      } catch (error) {
        if (error instanceof Error && error.name === "NotFoundException") {
          return { code: "NotFound", message: error.message };
        }
        throw error;
      }
      return undefined;
    },
  };
}

async function batch(chime: ChimeClient, { action, account, license }: Plan, ids: string[]): Promise<UserError[]> {
  const list = { AccountId: account.id, UserIdList: ids };
  switch (action) {
    case "suspend":
      return (await chime.send(new BatchSuspendUserCommand(list))).UserErrors ?? [];
    case "unsuspend":
      return (await chime.send(new BatchUnsuspendUserCommand(list))).UserErrors ?? [];
    case "update": {
      const items = ids.map((UserId) => ({ UserId, LicenseType: license as License }));
      return (await chime.send(new BatchUpdateUserCommand({ AccountId: account.id, UpdateUserRequestItems: items }))).UserErrors ?? [];
    }
    default:
      throw new Error(`There is no request for ${action} of many.`);
  }
}

// invite is answered by an invite for each address, in their order.
async function invite(chime: ChimeClient, { account }: Plan, emails: string[]): Promise<Map<number, Refusal>> {
  const { Invites } = await chime.send(new InviteUsersCommand({ AccountId: account.id, UserEmailList: emails }));
  const why = { code: "Forbidden", message: "nobody can be invited by this address: its domain is another account's" };
  return new Map((Invites ?? []).flatMap(({ Status }, i) => (Status === "Failed" ? [[i, why] as const] : [])));
}

// pagesOf asks for the users of an account who match a filter. A page may be empty and yet not be the last.
// What the filter is made of is named as the server names it.
export function pagesOf(extensions: Extensions, accountId: string, filter: Record<string, string>): (next?: string) => Promise<FoundUsers> {
  return async (next) => {
    const { Users, NextToken } = await extensions.call<{ Users: User[]; NextToken?: string | null }>("GET", ["accounts", accountId, "search"], {
      ...filter, "max-results": 200, "next-token": next,
    });
    return { users: Users, next: NextToken };
  };
}
