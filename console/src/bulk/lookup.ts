// Finds out whom entries mean: a hundred at a time, or, for whoever may not do that (AmazonChimeUserManagement is older than
// it), one by one with operations of Amazon Chime's own.
import { type ChimeClient, GetUserCommand, ListUsersCommand, type User as WireUser } from "@aws-sdk/client-chime";
import type { Extensions } from "../api/extensions";
import { isAddress } from "./entries";
import type { User } from "./types";

export type LookUp = (accountId: string, entries: string[]) => Promise<(User | null)[]>;

export function lookUpWith(chime: ChimeClient, extensions: Extensions): LookUp {
  const allowed = new Map<string, Promise<boolean>>(); // by account
  const atOnce = (accountId: string): Promise<boolean> => {
    const known = allowed.get(accountId);
    if (known) {
      return known;
    }
    const asked = extensions
      .call<{ AllowedActions: string[] }>("GET", ["caller"], { "account-id": accountId })
      .then(({ AllowedActions }) => AllowedActions.includes("chime:GetUsersByEntries"));
    allowed.set(accountId, asked);
    asked.catch(() => allowed.delete(accountId));
    return asked;
  };
  return async (accountId, entries) => ((await atOnce(accountId)) ? many(extensions, accountId, entries) : oneByOne(chime, accountId, entries));
}

async function many(extensions: Extensions, accountId: string, entries: string[]): Promise<(User | null)[]> {
  const path = ["accounts", accountId, "users"];
  const { Results } = await extensions.call<{ Results: { User: User | null }[] }>("POST", path, { operation: "resolve" }, { Entries: entries });
  return Results.map(({ User }) => User);
}

// requestsAtOnce is how many users are asked for at the same time.
const requestsAtOnce = 5;

async function oneByOne(chime: ChimeClient, accountId: string, entries: string[]): Promise<(User | null)[]> {
  const found: (User | null)[] = entries.map(() => null);
  let next = 0;
  const worker = async () => {
    while (next < entries.length) {
      const at = next++;
      found[at] = await one(chime, accountId, entries[at]!);
    }
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, worker));
  return found;
}

async function one(chime: ChimeClient, accountId: string, entry: string): Promise<User | null> {
  if (isAddress(entry)) {
    const { Users } = await chime.send(new ListUsersCommand({ AccountId: accountId, UserEmail: entry }));
    return plain(Users?.[0]);
  }
  try {
    return plain((await chime.send(new GetUserCommand({ AccountId: accountId, UserId: entry }))).User);
  } catch (error) {
    if (error instanceof Error && error.name === "NotFoundException") {
      return null;
    }
    throw error;
  }
}

function plain(user: WireUser | undefined): User | null {
  if (!user?.UserId) {
    return null;
  }
  const { UserId, AccountId, PrimaryEmail, DisplayName, LicenseType, UserRegistrationStatus } = user;
  return { UserId, AccountId, PrimaryEmail, DisplayName, LicenseType, UserRegistrationStatus };
}
