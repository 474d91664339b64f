// What was counted in the background, as the server has it.
import { useQuery } from "@tanstack/react-query";
import { useSession } from "../../session/session";

export interface MemberCount {
  Status: "Registered" | "Unregistered" | "Suspended";
  License: string | null;
  Users: number;
}

export interface TimeClass {
  UpToSeconds: number | null; // null in the class of whatever took longer than the others
  Signouts: number;
}

export interface Day {
  Day: string; // such as 2027-01-31, in UTC
  SignIns: number;
  Suspensions: number;
  Confirmed: number;
  Failed: number;
  ConfirmationTimes: TimeClass[] | null;
}

export interface Summary {
  ComputedTimestamp: string | null;
  Accounts: number;
  Members: MemberCount[] | null;
  Days: Day[] | null; // those on which something happened
}

// rereadEvery is how often the summary is read anew, and firstEvery while there is none yet, in milliseconds.
const rereadEvery = 60_000;
const firstEvery = 10_000;

export function useSummary() {
  const { extensions } = useSession();
  return useQuery({
    queryKey: ["summary"],
    queryFn: () => extensions.call<{ Summary: Summary | null }>("GET", ["summary"]),
    select: ({ Summary }) => Summary,
    refetchInterval: ({ state }) => (state.data?.Summary?.ComputedTimestamp ? rereadEvery : firstEvery),
  });
}

const dayLength = 86_400_000;

// lastDays are the days up to the one of now, those on which nothing happened too.
export function lastDays(days: Day[], count: number, now: Date): Day[] {
  const known = new Map(days.map((day) => [day.Day, day]));
  return Array.from({ length: count }, (_, i) => {
    const Day = new Date(now.getTime() - (count - 1 - i) * dayLength).toISOString().slice(0, 10);
    return known.get(Day) ?? { Day, SignIns: 0, Suspensions: 0, Confirmed: 0, Failed: 0, ConfirmationTimes: null };
  });
}

// timesOf adds up the classes of times of several days.
export function timesOf(days: Day[]): TimeClass[] {
  const sums = new Map<number | null, number>();
  for (const { UpToSeconds, Signouts } of days.flatMap(({ ConfirmationTimes }) => ConfirmationTimes ?? [])) {
    sums.set(UpToSeconds, (sums.get(UpToSeconds) ?? 0) + Signouts);
  }
  return [...sums].map(([UpToSeconds, Signouts]) => ({ UpToSeconds, Signouts })).sort((a, b) => (a.UpToSeconds ?? Infinity) - (b.UpToSeconds ?? Infinity));
}

// quantile is the end of the class that a share of the sign-outs were confirmed within, in seconds: Infinity for the last
// class, undefined when there were none.
export function quantile(times: TimeClass[], share: number): number | undefined {
  const all = times.reduce((sum, { Signouts }) => sum + Signouts, 0);
  let sum = 0;
  for (const { UpToSeconds, Signouts } of times) {
    sum += Signouts;
    if (all > 0 && sum >= share * all) {
      return UpToSeconds ?? Infinity;
    }
  }
  return undefined;
}

// duration is a number of seconds, in words.
export function duration(seconds: number): string {
  if (seconds < 1) {
    return `${Math.round(seconds * 1000)} ms`;
  }
  if (seconds < 60) {
    return `${seconds} s`;
  }
  return seconds < 3600 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
