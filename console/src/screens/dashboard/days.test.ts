import assert from "node:assert/strict";
import test from "node:test";
import { type Day, duration, lastDays } from "./days.ts";

const of = (Day: string): Day => ({
  Day,
  SignIns: 7,
  Suspensions: 1,
  Confirmed: 2,
  ConfirmedMedianMilliseconds: 5,
  ConfirmedP90Milliseconds: 9,
  Failed: 0,
});

test("the last days are there without a gap, and no others", () => {
  const days = lastDays([of("2027-02-27"), of("2027-03-01"), of("2026-12-31")], 4, new Date("2027-03-02T00:30:00Z"));
  assert.deepEqual(
    days.map(({ Day, SignIns }) => [Day, SignIns]),
    [
      ["2027-02-27", 7],
      ["2027-02-28", 0],
      ["2027-03-01", 7],
      ["2027-03-02", 0],
    ],
  );
});

test("a duration is in words that are short", () => {
  const cases: [number, string][] = [
    [0, "0 ms"],
    [950, "950 ms"],
    [999, "1 s"],
    [1000, "1 s"],
    [1234, "1.2 s"],
    [59_000, "59 s"],
    [59_900, "1 min"],
    [90_000, "1.5 min"],
    [7_200_000, "2 h"],
  ];
  for (const [milliseconds, want] of cases) {
    assert.equal(duration(milliseconds), want);
  }
});
