// What the tests of runs work with: a server that fails when it is told to, and a browser that keeps runs in memory.
import assert from "node:assert/strict";
import { type Api, execute, type Keeper, type Refusal } from "./engine.ts";
import { limitOf } from "./effects.ts";
import { Pace, type Waiting } from "./patience.ts";
import { newRun, preview } from "./plan.ts";
import type { Block, Plan, Run, User } from "./types.ts";

export const account = { id: "lwa", name: "A company", type: "EnterpriseLWA", licenses: ["Basic", "Pro"] };

export const failure = (status: number, name: string, message = name) => Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
export const offline = () => new TypeError("Failed to fetch");

// Server is an account of registered users u0, u1 and so on, that fails when it is told to.
export class Server implements Api {
  users = new Map<string, User>();
  requests = 0;
  // before and after are called around each change; what they throw is the request's end.
  before: (request: number) => void = () => {};
  after: (request: number) => void = () => {};
  epochs = new Map<string, number>();

  constructor(n: number, status = "Registered") {
    for (let i = 0; i < n; i++) {
      const user = { UserId: `u${i}`, AccountId: "lwa", PrimaryEmail: `u${i}@example.com`, LicenseType: "Pro", UserRegistrationStatus: status };
      this.users.set(user.UserId, user);
    }
  }

  async resolve(_: string, entries: string[]) {
    const meant = (entry: string) =>
      entry.includes("@") ? [...this.users.values()].find(({ PrimaryEmail }) => PrimaryEmail === entry) : this.users.get(entry);
    return entries.map((entry) => meant(entry) ?? null).map((user) => user && { ...user });
  }

  async apply(plan: Plan, users: { id: string; email: string }[]) {
    this.before(++this.requests);
    assert.ok(users.length <= limitOf(plan.action), "too many at once");
    const refused = new Map<number, Refusal>();
    users.forEach(({ id, email }, i) => {
      const user = this.users.get(id);
      if (plan.action === "invite") {
        const name = email.replace("@example.com", "");
        this.users.set(name, { UserId: name, AccountId: "lwa", PrimaryEmail: email, UserRegistrationStatus: "Unregistered" });
        this.epochs.set(name, (this.epochs.get(name) ?? 0) + 1); // of mails
      } else if (!user) {
        refused.set(i, { code: "NotFound", message: "not found" });
      } else if (plan.action === "suspend" && user.UserRegistrationStatus === "Unregistered") {
        this.users.delete(id);
      } else if (plan.action === "update") {
        user.LicenseType = plan.license;
      } else {
        user.UserRegistrationStatus = plan.action === "suspend" ? "Suspended" : "Registered";
      }
    });
    this.after(this.requests);
    return refused;
  }

  async logout(_: string, id: string): Promise<Refusal | undefined> {
    this.before(++this.requests);
    this.epochs.set(id, (this.epochs.get(id) ?? 0) + 1);
    this.after(this.requests);
    return undefined;
  }
}

// Memory keeps as the browser does: copies.
export class Memory implements Keeper {
  run: Run;
  blocks: Block[];

  constructor(run: Run, blocks: Block[]) {
    this.run = run;
    this.blocks = structuredClone(blocks);
  }

  async block(_: string, n: number) {
    return structuredClone(this.blocks[n]!);
  }

  async save(run: Run, n: number, block: Block) {
    this.run = structuredClone(run);
    this.blocks[n] = structuredClone(block);
  }

  async saveRun(run: Run) {
    this.run = structuredClone(run);
  }
}

export interface World {
  server: Server;
  keeper: Memory;
  pause: AbortController;
  waits: number[];
  waited: Set<Waiting | undefined>;
  go(): Promise<Run>;
}

export async function world(plan: Partial<Plan>, server: Server, entries: string[]): Promise<World> {
  const whole: Plan = { action: "suspend", account, ...plan };
  const waits: number[] = [];
  const waited = new Set<Waiting | undefined>();
  const wait = async (milliseconds: number) => void (milliseconds > 0 && waits.push(milliseconds));
  const signal = new AbortController().signal;
  const targets = await preview(whole, entries, server, { pace: new Pace(), wait, signal }, () => {});
  const keeper = new Memory(...newRun(whole, targets, "owner", "run", 0));
  const w: World = {
    server, keeper, waits, waited, pause: new AbortController(),
    go: () => {
      w.pause = new AbortController();
      return execute(keeper.run, {
        api: server, keeper, pace: new Pace(), wait, signal: w.pause.signal, now: () => 1, told: (_, waiting) => waited.add(waiting),
      });
    },
  };
  return w;
}

export const ids = (n: number) => Array.from({ length: n }, (_, i) => `u${i}`);
