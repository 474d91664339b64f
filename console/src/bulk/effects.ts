// What each action does to whom: the server's own table, of which its tests prove that it is right.
import table from "../../../internal/transfer/effects.json" with { type: "json" };
import { isAddress } from "./entries.ts";
import type { Action, Effect, EffectKind, Plan, Target, User } from "./types.ts";

interface ActionEffects {
  limit: number;
  refusal: string;
  types: Record<string, Record<string, string[]>>;
}

const effects = table as Record<Action, ActionEffects>;

// limitOf is how many people one request takes.
export const limitOf = (action: Action): number => effects[action].limit;

// refusalOf is why accounts of a type do not have the action; undefined when they do.
export function refusalOf(action: Action, type: string): string | undefined {
  return effects[action].types[type] ? undefined : effects[action].refusal;
}

function stateOf(user: User | null): string {
  switch (user?.UserRegistrationStatus) {
    case undefined:
    case null:
      return "Absent";
    case "Unregistered":
      return "Invited";
    case "Suspended":
      return user!.AccountId ? "Suspended" : "Former"; // who left a Team account is in none
    default:
      return user!.UserRegistrationStatus!;
  }
}

// effectOf says what a plan will do to the user whom an entry means, or to nobody.
export function effectOf(plan: Plan, entry: string, user: User | null): Effect {
  const state = stateOf(user);
  const [kind, text] = (effects[plan.action].types[plan.account.type]?.[state] ?? []) as [EffectKind?, string?];
  if (!kind || !text) {
    return { kind: "refuse", text: "stands where no user of such an account does" };
  }
  if (plan.action === "update" && kind === "change" && user?.LicenseType === plan.license) {
    return { kind: "nothing", text: "has the license already" };
  }
  if (plan.action === "invite" && state === "Absent" && !isAddress(entry)) {
    return { kind: "refuse", text: "is no mail address" };
  }
  if (plan.action === "invite" && plan.again && state === "Invited") {
    return { kind: "change", text: "is invited again, and the former invitation is void" };
  }
  return { kind, text };
}

// targetsOf says whom entries mean, and what will happen to each. seen has who was meant before, by which entry.
export function targetsOf(plan: Plan, entries: string[], users: (User | null)[], seen: Map<string, string>): Target[] {
  return entries.map((entry, i) => {
    const user = users[i] ?? null;
    const target: Target = { entry, effect: effectOf(plan, entry, user) };
    if (!user) {
      return isAddress(entry) ? { ...target, email: entry } : target;
    }
    target.userId = user.UserId;
    target.email = user.PrimaryEmail ?? undefined;
    target.name = user.DisplayName ?? undefined;
    const same = seen.get(user.UserId);
    if (same !== undefined) {
      return { ...target, same, effect: { kind: "nothing", text: "is the same person as " + same } };
    }
    seen.set(user.UserId, entry);
    return target;
  });
}
