// Keeps runs in the browser (IndexedDB), for each tenant and principal apart: what is to be done, how far it is, and what
// came of it. A reload, a crash, or a closed tab loses none of it.
import type { Keeper } from "./engine.ts";
import type { Block, Run } from "./types.ts";

const name = "carillon.bulk";
const version = 1;

// keptFor is how long a run is kept after it was last gone on with, in milliseconds: it holds addresses of people.
const keptFor = 30 * 24 * 60 * 60 * 1000;

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

// blocksOf are the keys of a run's blocks: its id and their number.
const blocksOf = (id: string) => IDBKeyRange.bound([id, 0], [id, Infinity]);

export class Store implements Keeper {
  private readonly db: IDBDatabase;

  private constructor(db: IDBDatabase) {
    this.db = db;
  }

  static async open(now: number): Promise<Store> {
    const request = indexedDB.open(name, version);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("runs", { keyPath: "id" }).createIndex("owner", "owner");
      request.result.createObjectStore("blocks");
    };
    const store = new Store(await result(request));
    await store.forget(now - keptFor);
    return store;
  }

  // forget drops what nobody has gone on with since a time.
  private async forget(since: number): Promise<void> {
    const all = await result(this.read("runs").getAll() as IDBRequest<Run[]>);
    for (const { id } of all.filter(({ updated }) => updated < since)) {
      await this.drop(id);
    }
  }

  private read(from: "runs" | "blocks"): IDBObjectStore {
    return this.db.transaction(from).objectStore(from);
  }

  // runs are those of an owner, the newest first.
  async runs(owner: string): Promise<Run[]> {
    const runs = await result(this.read("runs").index("owner").getAll(owner) as IDBRequest<Run[]>);
    return runs.sort((a, b) => b.created - a.created);
  }

  // run is the owner's run, or null.
  async run(owner: string, id: string): Promise<Run | null> {
    const run = await result(this.read("runs").get(id) as IDBRequest<Run | undefined>);
    return run?.owner === owner ? run : null;
  }

  async create(run: Run, blocks: Block[]): Promise<void> {
    const transaction = this.db.transaction(["runs", "blocks"], "readwrite");
    transaction.objectStore("runs").add(run);
    const kept = transaction.objectStore("blocks");
    blocks.forEach((block, n) => kept.add(block, [run.id, n]));
    await finished(transaction);
  }

  async block(id: string, n: number): Promise<Block> {
    const block = await result(this.read("blocks").get([id, n]) as IDBRequest<Block | undefined>);
    if (!block) {
      throw new Error("The run was dropped.");
    }
    return block;
  }

  // blocks are those of a run from one number on, up to another.
  blocks(id: string, from: number, to: number): Promise<Block[]> {
    return result(this.read("blocks").getAll(IDBKeyRange.bound([id, from], [id, to], false, true)) as IDBRequest<Block[]>);
  }

  async save(run: Run, n: number, block: Block): Promise<void> {
    const transaction = this.db.transaction(["runs", "blocks"], "readwrite");
    transaction.objectStore("runs").put(run);
    transaction.objectStore("blocks").put(block, [run.id, n]);
    await finished(transaction);
  }

  async saveRun(run: Run): Promise<void> {
    const transaction = this.db.transaction("runs", "readwrite");
    transaction.objectStore("runs").put(run);
    await finished(transaction);
  }

  async drop(id: string): Promise<void> {
    const transaction = this.db.transaction(["runs", "blocks"], "readwrite");
    transaction.objectStore("runs").delete(id);
    transaction.objectStore("blocks").delete(blocksOf(id));
    await finished(transaction);
  }
}
