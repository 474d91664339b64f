// Makes a run of a list: looks everybody up, and puts them into blocks.
import type { Api } from "./engine.ts";
import { limitOf, targetsOf } from "./effects.ts";
import { BadList, maxEntries } from "./entries.ts";
import { type Patience, patiently } from "./patience.ts";
import type { Block, Plan, Run, Target, User } from "./types.ts";

// entriesAtOnce is how many entries one request resolves.
const entriesAtOnce = 100;

// requestsAtOnce is how many such requests are under way at the same time.
const requestsAtOnce = 4;

// preview looks everybody up and says what will happen to each. progress is told how many are looked up.
export async function preview(plan: Plan, entries: string[], api: Api, p: Patience, progress: (done: number) => void): Promise<Target[]> {
  const found: (User | null)[] = Array.from({ length: entries.length }, () => null);
  let next = 0;
  let done = 0;
  const worker = async () => {
    while (next < entries.length) {
      const from = next;
      next += entriesAtOnce;
      const some = entries.slice(from, from + entriesAtOnce);
      const users = await patiently(p, () => api.resolve(plan.account.id, some));
      users.forEach((user, i) => (found[from + i] = user));
      progress((done += some.length));
    }
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, worker));
  return foretold(plan, entries, found);
}

// targetsAtOnce is how many targets are made before the page may breathe.
const targetsAtOnce = 5000;

async function foretold(plan: Plan, entries: string[], users: (User | null)[]): Promise<Target[]> {
  const seen = new Map<string, string>();
  const targets: Target[] = [];
  for (let from = 0; from < entries.length; from += targetsAtOnce) {
    const to = from + targetsAtOnce;
    targets.push(...targetsOf(plan, entries.slice(from, to), users.slice(from, to), seen));
    await new Promise((resolve) => setTimeout(resolve));
  }
  return targets;
}

export interface FoundUsers {
  users: User[];
  next?: string | null;
}

// collect finds all who match a filter, and says what will happen to each.
export async function collect(
  plan: Plan, page: (next: string | undefined) => Promise<FoundUsers>, p: Patience, progress: (done: number) => void,
): Promise<Target[]> {
  const users: User[] = [];
  for (let next: string | undefined; ; ) {
    const found = await patiently(p, () => page(next));
    users.push(...found.users);
    progress(users.length);
    if (users.length > maxEntries) {
      throw new BadList(`More than ${maxEntries.toLocaleString("en")} users match: narrow the filter.`);
    }
    if (!found.next) {
      break;
    }
    next = found.next;
  }
  return foretold(plan, users.map(({ UserId }) => UserId), users);
}

// newRun is a run that has not begun, with its blocks.
export function newRun(plan: Plan, targets: Target[], owner: string, id: string, now: number): [Run, Block[]] {
  const limit = limitOf(plan.action);
  const blocks = Array.from({ length: Math.ceil(targets.length / limit) }, (_, n) => ({ targets: targets.slice(n * limit, (n + 1) * limit) }));
  const run: Run = {
    ...plan, id, owner, created: now, updated: now, total: targets.length, blocks: blocks.length, next: 0, state: "open",
    counts: { Done: 0, Unchanged: 0, Repeated: 0, Refused: 0 },
  };
  return [run, blocks];
}

// Tally is how many an effect concerns.
export interface Tally {
  kind: Target["effect"]["kind"];
  text: string;
  count: number;
}

// tally counts targets by what will happen to them.
export function tally(targets: Target[]): Tally[] {
  const found = new Map<string, Tally>();
  for (const { effect, same } of targets) {
    const text = same === undefined ? effect.text : "is the same person as another entry";
    const of = found.get(text) ?? { kind: effect.kind, text, count: 0 };
    found.set(text, { ...of, count: of.count + 1 });
  }
  return [...found.values()].sort((a, b) => a.kind.localeCompare(b.kind) || b.count - a.count);
}
