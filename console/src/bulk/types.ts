// What bulk work is about. Nothing here or beside it knows React or the browser's page.

export type Action = "suspend" | "unsuspend" | "update" | "invite" | "logout";

export interface Account {
  id: string;
  name: string;
  type: string;
  licenses: string[];
}

// A Plan is what is to be done to everybody of a list.
export interface Plan {
  action: Action;
  account: Account;
  // license is the one that update gives.
  license?: string;
  // again has invite replace invitations that are pending.
  again?: boolean;
}

// A User is somebody as the account shows them.
export interface User {
  UserId: string;
  AccountId?: string | null;
  PrimaryEmail?: string | null;
  DisplayName?: string | null;
  LicenseType?: string | null;
  UserRegistrationStatus?: string | null;
}

export type EffectKind = "change" | "nothing" | "refuse";

// An Effect is what will happen to somebody; its text goes behind their name.
export interface Effect {
  kind: EffectKind;
  text: string;
}

// A Target is whom an entry of the list means.
export interface Target {
  entry: string;
  userId?: string;
  email?: string;
  name?: string;
  // same is the earlier entry that means the same person.
  same?: string;
  effect: Effect;
}

export type OutcomeKind = "Done" | "Unchanged" | "Repeated" | "Refused";

export const outcomeKinds: OutcomeKind[] = ["Done", "Unchanged", "Repeated", "Refused"];

export interface Outcome {
  kind: OutcomeKind;
  code?: string;
  detail: string;
  // time is when, in milliseconds since 1970.
  time: number;
}

// A Block is as many targets as one request takes: what is done, or not, as a whole.
export interface Block {
  targets: Target[];
  // sent says that the request was made at least once, so that it may have been done.
  sent?: boolean;
  outcomes?: Outcome[];
}

export type RunState = "open" | "done" | "stopped" | "canceled";

// A Run is the work on a list, as it is kept in the browser. No credentials are in it.
export interface Run extends Plan {
  id: string;
  // owner is the tenant and the principal for whom it is kept.
  owner: string;
  created: number;
  updated: number;
  total: number;
  blocks: number;
  // next is the block to be done next.
  next: number;
  counts: Record<OutcomeKind, number>;
  state: RunState;
  // reason is why it was stopped.
  reason?: string;
}

// settled is how many entries of a run have an outcome.
export function settled({ counts }: Run): number {
  return outcomeKinds.reduce((sum, kind) => sum + counts[kind], 0);
}

// ownerOf names for whom runs are kept.
export function ownerOf({ Tenant, Arn }: { Tenant: string; Arn: string }): string {
  return Tenant + " " + Arn;
}
