// What was counted in the background, as the server has it.
import { useQuery } from "@tanstack/react-query";
import { useAllowed } from "../../api/allowed";
import { useSession } from "../../session/session";

export interface Day {
  Day: string; // such as 2027-01-31, in UTC
  SignIns: number;
  Suspensions: number;
  Confirmed: number;
  ConfirmedMedianMilliseconds: number | null;
  ConfirmedP90Milliseconds: number | null;
  Failed: number;
}

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

const dayLength = 86_400_000;

const nothing = { SignIns: 0, Suspensions: 0, Confirmed: 0, ConfirmedMedianMilliseconds: null, ConfirmedP90Milliseconds: null, Failed: 0 };

// lastDays are the days up to the one of now, those on which nothing happened too.
export function lastDays(days: Day[], count: number, now: Date): Day[] {
  const known = new Map(days.map((day) => [day.Day, day]));
  return Array.from({ length: count }, (_, i) => {
    const Day = new Date(now.getTime() - (count - 1 - i) * dayLength).toISOString().slice(0, 10);
    return known.get(Day) ?? { Day, ...nothing };
  });
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

// duration is a number of milliseconds, in words.
export function duration(milliseconds: number): string {
  const inUnits = (unit: number, name: string) => `${Number((milliseconds / unit).toPrecision(2))} ${name}`;
  if (milliseconds < second) {
    return inUnits(1, "ms");
  }
  if (milliseconds < minute) {
    return inUnits(second, "s");
  }
  return milliseconds < hour ? inUnits(minute, "min") : inUnits(hour, "h");
}
