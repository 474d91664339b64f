// Runs that are under way in this tab. They go on while other screens are shown, and end with the session.
import { type Api, execute } from "./engine";
import { held, ifFree, whenFree } from "./locks";
import { Pace, type Waiting } from "./patience";
import { Store } from "./store";
import type { Block, Run } from "./types";

// Activity is what a run is doing just now: nothing here, unless it says so.
export type Activity = "here" | "elsewhere" | Waiting | "pausing";

// tick is how often a screen is told of progress at most, in milliseconds.
const tick = 100;

const channel = new BroadcastChannel("carillon.bulk");
const lockOf = (id: string) => "carillon.bulk." + id;

export class Runner {
  private readonly listeners = new Set<() => void>();
  private readonly under = new Map<string, { pause: AbortController; run: Run; activity: Activity }>();
  // progress changes when a run under way has come further, and kept when what is kept of runs has changed.
  private progress = 0;
  private kept = 0;
  private pending = false;
  private opened: Promise<Store> | undefined;
  private readonly api: Api;

  constructor(api: Api) {
    this.api = api;
    channel.addEventListener("message", () => this.changed("kept"));
  }

  store(): Promise<Store> {
    this.opened ??= Store.open(Date.now());
    return this.opened;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly progressed = (): number => this.progress;
  readonly changedKept = (): number => this.kept;

  // changed tells who listens, and progress no more often than somebody can see.
  private changed(what: "progress" | "kept") {
    this.progress++;
    if (what === "kept") {
      this.kept++;
      this.listeners.forEach((listener) => listener());
    } else if (!this.pending) {
      this.pending = true;
      setTimeout(() => {
        this.pending = false;
        this.listeners.forEach((listener) => listener());
      }, tick);
    }
  }

  // tell says to this tab and to others that runs have changed.
  private tell() {
    this.changed("kept");
    channel.postMessage("changed");
  }

  // current is the run as it is just now, if it is under way in this tab.
  current(id: string): { run: Run; activity: Activity } | undefined {
    return this.under.get(id);
  }

  // busyElsewhere are the ids of runs that are under way in other tabs.
  async busyElsewhere(): Promise<Set<string>> {
    const prefix = lockOf("");
    const ids = (await held()).flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
    return new Set(ids.filter((id) => !this.under.has(id)));
  }

  async create(run: Run, blocks: Block[]): Promise<void> {
    await (await this.store()).create(run, blocks);
    this.tell();
  }

  // start goes on with a run, unless another tab does. It returns when the run is done, or pauses.
  async start(owner: string, id: string): Promise<void> {
    if (this.under.has(id)) {
      return;
    }
    const store = await this.store();
    await ifFree(lockOf(id), async () => {
      const run = await store.run(owner, id); // as the last one who held the lock left it
      if (!run || run.state === "done" || run.state === "canceled") {
        return;
      }
      const pause = new AbortController();
      const state = { pause, run, activity: "here" as Activity };
      this.under.set(id, state);
      this.tell();
      try {
        await execute(run, {
          api: this.api, keeper: store, now: Date.now, pace: new Pace(), wait, signal: pause.signal,
          told: (run, waiting) => {
            state.run = run;
            state.activity = pause.signal.aborted ? "pausing" : (waiting ?? "here");
            this.changed("progress");
          },
        });
      } finally {
        this.under.delete(id);
      }
    });
    this.tell();
  }

  // pause ends the work on a run after the request that is under way.
  pause(id: string) {
    const state = this.under.get(id);
    if (state) {
      state.activity = "pausing";
      state.pause.abort();
      this.changed("kept");
    }
  }

  // pauseAll is what the end of a session does.
  readonly pauseAll = () => [...this.under.keys()].forEach((id) => this.pause(id));

  // cancel ends a run that is not under way for good; its report stays.
  cancel(owner: string, id: string): Promise<void> {
    return this.whenIdle(id, async (store) => {
      const run = await store.run(owner, id);
      if (run && run.state !== "done") {
        await store.saveRun({ ...run, state: "canceled", reason: undefined, updated: Date.now() });
      }
    });
  }

  // drop forgets a run that is not under way.
  drop(id: string): Promise<void> {
    return this.whenIdle(id, (store) => store.drop(id));
  }

  // whenIdle waits until nobody works on the run.
  private async whenIdle(id: string, work: (store: Store) => Promise<void>): Promise<void> {
    const store = await this.store();
    this.pause(id);
    await whenFree(lockOf(id), () => work(store));
    this.tell();
  }
}

// wait returns after so many milliseconds, or when the signal says so.
export function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds <= 0 || signal.aborted) {
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}
