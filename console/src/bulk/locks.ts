// Who works on a run holds its lock.

// Web Locks are shared with other tabs, but browsers withhold them from pages on plain http, except on localhost. Such a
// page has locks of its own, which other tabs do not see.
const shared = (navigator as { locks?: LockManager }).locks;
const own = new Map<string, Promise<unknown>>();

// held are the names of the locks that are held.
export async function held(): Promise<string[]> {
  if (!shared) {
    return [...own.keys()];
  }
  const { held = [] } = await shared.query();
  return held.flatMap(({ name }) => name ?? []);
}

// ifFree does the work under the lock, unless somebody holds it.
export async function ifFree(name: string, work: () => Promise<void>): Promise<void> {
  if (shared) {
    await shared.request(name, { ifAvailable: true }, async (lock) => lock && work());
  } else if (!own.has(name)) {
    await hold(name, work);
  }
}

// whenFree does the work under the lock as soon as nobody else holds it.
export async function whenFree(name: string, work: () => Promise<void>): Promise<void> {
  if (shared) {
    await shared.request(name, work);
  } else {
    await hold(name, work);
  }
}

// hold queues the work behind whoever holds the page's own lock.
async function hold(name: string, work: () => Promise<void>): Promise<void> {
  const before = own.get(name) ?? Promise.resolve();
  const done = before.then(work, work);
  own.set(name, done);
  try {
    await done;
  } finally {
    if (own.get(name) === done) {
      own.delete(name);
    }
  }
}
