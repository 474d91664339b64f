// What was counted in the background, as the server has it.
import { useQuery } from "@tanstack/react-query";
import { useAllowed } from "../../api/allowed";
import { useSession } from "../../session/session";
import type { Day } from "./days";

export interface Summary {
  ComputedTimestamp: string;
  Accounts: number;
  Registered: number;
  Unregistered: number;
  Suspended: number;
  Basic: number;
  Plus: number;
  Pro: number;
  ProTrial: number;
  Days: Day[]; // those on which something happened
}

// rereadEvery is how often the summary is read anew, and firstEvery while there is none yet, in milliseconds.
const rereadEvery = 60_000;
const firstEvery = 10_000;

export function useSummary() {
  const { extensions } = useSession();
  const gate = useAllowed()("chime:GetSummary");
  return useQuery({
    enabled: !gate.disabled,
    queryKey: ["summary"],
    queryFn: ({ signal }) => extensions.call<{ Summary: Summary | null }>("GET", ["summary"], {}, undefined, signal),
    select: ({ Summary }) => Summary,
    refetchInterval: ({ state }) => (state.data?.Summary ? rereadEvery : firstEvery),
  });
}
