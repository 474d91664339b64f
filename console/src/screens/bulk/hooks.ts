// The runs of whoever is signed in, as the screens see them.
import { type Account as WireAccount, type ChimeClient, GetAccountCommand } from "@aws-sdk/client-chime";
import { useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { apiOf } from "../../bulk/api";
import { type Activity, Runner } from "../../bulk/runner";
import { type Account, ownerOf, type Run } from "../../bulk/types";
import { useSession } from "../../session/session";

const runners = new WeakMap<ChimeClient, Runner>();

// useRunner returns what carries out the runs of this session. It goes on while other screens are shown.
export function useRunner(): { runner: Runner; owner: string } {
  const { chime, extensions, caller, over } = useSession();
  let runner = runners.get(chime);
  if (!runner) {
    runner = new Runner(apiOf(chime, extensions));
    over.addEventListener("abort", runner.pauseAll);
    runners.set(chime, runner);
  }
  return { runner, owner: ownerOf(caller) };
}

// ShownRun is a run with what it is doing just now; undefined for nothing.
export interface ShownRun {
  run: Run;
  activity: Activity | undefined;
}

// useRuns returns the caller's runs, the newest first.
export function useRuns() {
  const { runner, owner } = useRunner();
  const kept = useSyncExternalStore(runner.subscribe, runner.changedKept);
  useSyncExternalStore(runner.subscribe, runner.progressed);
  const found = useQuery({
    queryKey: ["bulk", owner, kept],
    queryFn: async () => {
      const store = await runner.store();
      return { runs: await store.runs(owner), elsewhere: await runner.busyElsewhere() };
    },
    placeholderData: (before) => before,
    gcTime: 0,
    // A tab that crashes tells nobody that it no longer works on a run.
    refetchInterval: (query) => (query.state.data?.elsewhere.size ? 2000 : false),
  });
  const runs = (found.data?.runs ?? []).map((run): ShownRun => {
    const current = runner.current(run.id);
    return current ? { ...current } : { run, activity: found.data?.elsewhere.has(run.id) ? "elsewhere" : undefined };
  });
  return { runs, loading: found.isPending, error: found.error };
}

export function accountOf({ AccountId, Name, AccountType, SupportedLicenses }: WireAccount): Account {
  return { id: AccountId!, name: Name ?? "", type: AccountType ?? "Team", licenses: SupportedLicenses ?? [] };
}

// useAccountOf returns the account of an id.
export function useAccountOf(id: string | undefined) {
  const { chime } = useSession();
  return useQuery({
    queryKey: ["account", id, "bulk"],
    queryFn: async ({ signal }) => accountOf((await chime.send(new GetAccountCommand({ AccountId: id }), { abortSignal: signal })).Account!),
    enabled: id !== undefined,
  });
}
