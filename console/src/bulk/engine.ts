// Carries a run out: block by block, each kept with its outcomes before the next one begins, so that whatever ends the tab
// costs at most one block, which is then looked at anew and asked for again.
import { effectOf } from "./effects.ts";
import { type Patience, patiently, Paused, Stopped, type Waiting } from "./patience.ts";
import type { Block, Effect, Outcome, Plan, Run, Target, User } from "./types.ts";

// Refusal is why the server did not do it to one of many.
export interface Refusal {
  code: string;
  message: string;
}

// Api is what a run asks of the server.
export interface Api {
  // resolve returns, for each entry, whom it means in the account.
  resolve(accountId: string, entries: string[]): Promise<(User | null)[]>;
  // apply does the plan's action to all, but for logout, and returns those whom the server refused by their place.
  apply(plan: Plan, users: { id: string; email: string }[]): Promise<Map<number, Refusal>>;
  // logout signs one user out; it returns why not.
  logout(accountId: string, userId: string): Promise<Refusal | undefined>;
}

// Keeper keeps what a run has come to: both at once, or neither.
export interface Keeper {
  block(id: string, n: number): Promise<Block>;
  save(run: Run, n: number, block: Block): Promise<void>;
  saveRun(run: Run): Promise<void>;
}

export interface Deps extends Omit<Patience, "waiting"> {
  api: Api;
  keeper: Keeper;
  now(): number;
  // told is called whenever the run has come further, or waits.
  told(run: Run, waiting?: Waiting): void;
}

// execute goes on with a run until it is done, cannot go on, or is to pause. It returns how the run is then.
export async function execute(run: Run, d: Deps): Promise<Run> {
  const p: Patience = { pace: d.pace, wait: d.wait, signal: d.signal, waiting: (what) => d.told(run, what) };
  try {
    run = { ...run, state: "open", reason: undefined };
    await d.keeper.saveRun(run);
    while (run.next < run.blocks) {
      const n = run.next;
      const block = await d.keeper.block(run.id, n);
      const outcomes = await patiently(p, attemptAt(run, n, block, d));
      const counts = { ...run.counts };
      for (const { kind } of outcomes) {
        counts[kind]++;
      }
      run = { ...run, next: n + 1, counts, updated: d.now(), state: n + 1 === run.blocks ? "done" : "open" };
      await d.keeper.save(run, n, { ...block, outcomes });
      d.told(run);
    }
  } catch (error) {
    if (error instanceof Paused) {
      return run;
    }
    const open = error instanceof Stopped && error.open;
    run = { ...run, state: open ? "open" : "stopped", reason: error instanceof Error ? error.message : String(error), updated: d.now() };
    await d.keeper.saveRun(run);
    d.told(run);
  }
  return run;
}

// attemptAt returns what does one block, and can be called again after it failed, whatever became of the request.
function attemptAt(run: Run, n: number, block: Block, d: Deps): () => Promise<Outcome[]> {
  const answered = new Map<number, Refusal | undefined>(); // of logout: who need not be asked for again
  return async () => {
    const users = await lookUp(run, block.targets, d.api);
    const outcomes = block.targets.map((target, i) => foreseen(run, target, users[i] ?? null, block.sent === true, d.now()));
    const changing = outcomes.flatMap((outcome, i) => (outcome.changes ? [i] : []));
    if (changing.length > 0) {
      if (!block.sent) {
        block.sent = true;
        await d.keeper.save(run, n, block);
      }
      const refusals = run.action === "logout" ? await logout(run, changing, users, answered, d.api) : await apply(run, changing, outcomes, users, d.api);
      for (const [i, { code, message }] of refusals) {
        outcomes[i] = { ...outcomes[i]!, kind: "Refused", code, detail: message };
      }
    }
    return outcomes.map(({ changes: _, email: __, ...outcome }) => outcome);
  };
}

// lookUp finds out how everybody stands now: people by their ids, so that an address that became somebody else's since the
// preview means nobody new.
async function lookUp(run: Run, targets: Target[], api: Api): Promise<(User | null)[]> {
  const asked = targets.flatMap((target, i) => (target.same === undefined ? [i] : []));
  const found = await api.resolve(run.account.id, asked.map((i) => targets[i]!.userId ?? targets[i]!.entry));
  const users: (User | null)[] = targets.map(() => null);
  asked.forEach((i, at) => (users[i] = found[at] ?? null));
  return users;
}

interface Foreseen extends Outcome {
  changes: boolean;
  email: string;
}

function foreseen(run: Run, target: Target, user: User | null, sent: boolean, time: number): Foreseen {
  const at = { time, changes: false, email: user?.PrimaryEmail ?? target.email ?? "" };
  if (target.same !== undefined) {
    return { ...at, kind: "Repeated", detail: target.effect.text };
  }
  const effect = effectOf(run, target.entry, user);
  if (sent && wasDone(run, target, user, effect)) {
    return { ...at, kind: "Done", detail: `${target.effect.text} (found done: the answer had been lost)` };
  }
  switch (effect.kind) {
    case "change":
      return { ...at, kind: "Done", detail: effect.text, changes: true };
    case "nothing":
      return { ...at, kind: "Unchanged", detail: effect.text };
    case "refuse":
      return { ...at, kind: "Refused", code: run.action === "invite" ? "BadRequest" : "NotFound", detail: effect.text };
  }
}

// wasDone says whether a request that may have been done was done to somebody.
function wasDone(run: Run, target: Target, user: User | null, now: Effect): boolean {
  const withdrawn = run.action === "suspend" && target.userId !== undefined && user === null; // an invitation is gone
  return target.effect.kind === "change" && (now.kind === "nothing" || withdrawn);
}

async function apply(run: Run, changing: number[], outcomes: Foreseen[], users: (User | null)[], api: Api): Promise<Map<number, Refusal>> {
  const refused = await api.apply(run, changing.map((i) => ({ id: users[i]?.UserId ?? "", email: outcomes[i]!.email })));
  return new Map([...refused].map(([at, why]) => [changing[at]!, why]));
}

// atOnce is how many users are signed out at the same time.
const atOnce = 5;

async function logout(
  run: Run, changing: number[], users: (User | null)[], answered: Map<number, Refusal | undefined>, api: Api,
): Promise<Map<number, Refusal>> {
  const left = changing.filter((i) => !answered.has(i));
  const worker = async () => {
    for (let i = left.shift(); i !== undefined; i = left.shift()) {
      answered.set(i, await api.logout(run.account.id, users[i]!.UserId));
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed) {
    throw failed.reason;
  }
  return new Map([...answered].flatMap(([i, why]) => (why ? [[i, why] as const] : [])));
}
