// What the actions of bulk work are called.
import type { Action, OutcomeKind, Plan } from "../../bulk/types";

interface Words {
  label: string;
  description: string;
  // doing is what the button says that starts it.
  doing: string;
  // operation is what the caller must be allowed.
  operation: string;
}

export const words: Record<Action, Words> = {
  suspend: {
    label: "Suspend", description: "Enterprise: signed out everywhere, and kept out. Team: removed from the account.",
    doing: "Suspend", operation: "chime:BatchSuspendUser",
  },
  unsuspend: { label: "Activate", description: "Suspended users may sign in again.", doing: "Activate", operation: "chime:BatchUnsuspendUser" },
  update: { label: "Assign license", description: "Pro or Basic, as the account supports.", doing: "Assign", operation: "chime:BatchUpdateUser" },
  invite: { label: "Invite", description: "By mail, into a Team account.", doing: "Invite", operation: "chime:InviteUsers" },
  logout: { label: "Sign out", description: "Everywhere, at once. They may sign in again.", doing: "Sign out", operation: "chime:LogoutUser" },
};

export const actions = Object.keys(words) as Action[];

// doingOf is what the button says that starts a plan. Whom a Team suspends, it removes.
export function doingOf({ action, account }: Plan): string {
  return action === "suspend" && account.type === "Team" ? "Remove" : words[action].doing;
}

// titleOf says what a run does.
export function titleOf(plan: Plan): string {
  return plan.action === "update" ? `Assign ${plan.license}` : doingOf(plan);
}

export const outcomeLabels: Record<OutcomeKind, string> = {
  Done: "Done", Unchanged: "Nothing to do", Repeated: "Meant twice", Refused: "Refused",
};

// count is a number for people, with what is counted.
export function count(n: number, one: string, many: string): string {
  return `${n.toLocaleString()} ${n === 1 ? one : many}`;
}
