// What may be done to users, and why not.
import type { Account, User } from "@aws-sdk/client-chime";
import { both, closed, type Gate, useAllowed } from "../../api/allowed";
import { kindOf } from "../accounts/kinds";

export type Action = "suspend" | "activate" | "license" | "sign-out" | "reset-pin" | "type";

// suspendVerb is what suspending is called: in a team it removes, and only a new invitation undoes it.
export const suspendVerb = (account: Account) => (account.AccountType === "Team" ? "Remove" : "Suspend");

// useGates returns the gate of each action on these users of the account.
export function useGates(account: Account, users: User[]): Record<Action, Gate> {
  const gate = useAllowed(account.AccountId);
  const { elsewhere } = kindOf(account.AccountType);
  const some = closed(users.length ? undefined : "Select users first.");
  const here = closed(elsewhere && `Users of this account are suspended and licensed in ${elsewhere}.`);
  return {
    suspend: both(some, here, gate("chime:BatchSuspendUser"), notYet(users, "Suspended", "suspended or removed already")),
    activate: both(some, here, gate("chime:BatchUnsuspendUser"), activatable(account, users)),
    license: both(some, here, gate("chime:BatchUpdateUser")),
    "sign-out": both(some, gate("chime:LogoutUser")),
    "reset-pin": both(some, gate("chime:ResetPersonalPIN"), withPin(users)),
    type: both(some, here, gate("chime:UpdateUser"), closed(users.length > 1 ? "The type is changed for one user at a time." : undefined)),
  };
}

function notYet(users: User[], status: string, words: string): Gate {
  const all = users.length > 0 && users.every(({ UserRegistrationStatus }) => UserRegistrationStatus === status);
  return closed(all ? `Whoever is selected is ${words}.` : undefined);
}

function activatable(account: Account, users: User[]): Gate {
  if (account.AccountType === "Team") {
    return closed("Whoever was removed from a team comes back by a new invitation.");
  }
  const none = users.every(({ UserRegistrationStatus }) => UserRegistrationStatus !== "Suspended");
  return closed(users.length > 0 && none ? "Nobody selected is suspended." : undefined);
}

function withPin(users: User[]): Gate {
  const [user] = users;
  if (users.length > 1) {
    return closed("A PIN is reset for one user at a time.");
  }
  if (user?.UserRegistrationStatus === "Unregistered") {
    return closed("Whoever is only invited has no PIN yet.");
  }
  return closed(user?.UserType === "SharedDevice" ? "A shared device has no PIN." : user && !user.AccountId ? "The user was removed." : undefined);
}
