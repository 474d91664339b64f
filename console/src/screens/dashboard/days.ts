// What happened on each day, as the server has it, and as it is shown.

export interface Day {
  Day: string; // such as 2027-01-31, in UTC
  SignIns: number;
  Suspensions: number;
  Confirmed: number;
  ConfirmedMedianMilliseconds: number | null;
  ConfirmedP90Milliseconds: number | null;
  Failed: number;
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

// units are the longest ones first, with their lengths in milliseconds.
const units: [number, string][] = [
  [3_600_000, "h"],
  [60_000, "min"],
  [1_000, "s"],
];

// duration is a number of milliseconds, in words, to two digits.
export function duration(milliseconds: number): string {
  const about = Number(milliseconds.toPrecision(2));
  const [unit, name] = units.find(([length]) => about >= length) ?? [1, "ms"];
  return `${Number((about / unit).toPrecision(2))} ${name}`;
}
