// Looks up whom a list, or a filter, means.
import { useEffect, useRef, useState } from "react";
import { apiOf, pagesOf } from "../../bulk/api";
import { Pace, Paused } from "../../bulk/patience";
import { collect, preview } from "../../bulk/plan";
import { wait } from "../../bulk/runner";
import type { Plan, Target } from "../../bulk/types";
import { useSession } from "../../session/session";
import type { Filter } from "../users/api";

// Whom says who is meant.
export type Whom = { entries: string[] } | { filter: Filter };

export type LookUp =
  | { phase: "none" }
  | { phase: "looking"; done: number; total: number | undefined }
  | { phase: "found"; plan: Plan; targets: Target[] }
  | { phase: "failed"; error: unknown };

// useLookUp returns how far it is, what begins it, and what ends it. Leaving the screen ends it too.
export function useLookUp() {
  const { chime, extensions } = useSession();
  const [state, setState] = useState<LookUp>({ phase: "none" });
  const current = useRef<AbortController>(undefined);
  useEffect(() => () => current.current?.abort(), []);
  const begin = async (plan: Plan, whom: Whom) => {
    const abort = new AbortController();
    current.current = abort;
    const total = "entries" in whom ? whom.entries.length : undefined;
    const progress = (done: number) => !abort.signal.aborted && setState({ phase: "looking", done, total });
    const patience = { pace: new Pace(), wait, signal: abort.signal };
    progress(0);
    try {
      const targets =
        "entries" in whom
          ? await preview(plan, whom.entries, apiOf(chime, extensions), patience, progress)
          : await collect(plan, pagesOf(extensions, plan.account.id, { ...whom.filter }), patience, progress);
      abort.signal.aborted || setState({ phase: "found", plan, targets });
    } catch (error) {
      abort.signal.aborted || error instanceof Paused || setState({ phase: "failed", error });
    }
  };
  const end = () => {
    current.current?.abort();
    setState({ phase: "none" });
  };
  return { state, begin, end };
}
