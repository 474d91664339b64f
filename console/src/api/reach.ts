// Whether the server answers. Who asks it something says how that went; while it does not answer, it is tried until it does.
import { useSyncExternalStore } from "react";

let reached = true;
const listeners = new Set<() => void>();

// The wait between two tries grows from the first to the last, in milliseconds.
const firstWait = 1000;
const lastWait = 10_000;

function set(next: boolean) {
  if (reached !== next) {
    reached = next;
    listeners.forEach((listener) => listener());
  }
}

// lost is called when no answer came.
export function lost() {
  if (reached) {
    set(false);
    probe(firstWait);
  }
}

// found is called when an answer came, whatever it said.
export function found() {
  set(true);
}

function probe(wait: number) {
  setTimeout(async () => {
    if (reached) {
      return;
    }
    const answer = await fetch("/admin/theme.js", { method: "HEAD", cache: "no-store" }).catch(() => null);
    if (answer?.ok) {
      found();
    } else {
      probe(Math.min(wait * 1.5, lastWait));
    }
  }, wait);
}

export function onReach(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const isReached = () => reached;

// useReached says whether the server answers, as far as is known.
export function useReached(): boolean {
  return useSyncExternalStore(onReach, isReached);
}
