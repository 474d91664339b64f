import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import LineChart from "@cloudscape-design/components/line-chart";
import { type Day, duration } from "./days";
import { dayName } from "./PerDay";

const counted = new Intl.NumberFormat();

const shares: [string, (day: Day) => number | null][] = [
  ["Half of them", (day) => day.ConfirmedMedianMilliseconds],
  ["9 in 10", (day) => day.ConfirmedP90Milliseconds],
];

// Confirmations shows how long apps took to confirm that they ended somebody's sessions.
export function Confirmations({ days }: { days: Day[] }) {
  const confirmed = days.reduce((sum, { Confirmed }) => sum + Confirmed, 0);
  const failed = days.reduce((sum, { Failed }) => sum + Failed, 0);
  const series = shares.map(([title, of]) => ({
    type: "line" as const,
    title,
    valueFormatter: (value: number) => `within ${duration(value)}`,
    data: days.flatMap((day) => {
      const y = of(day);
      return y === null ? [] : [{ x: day.Day, y }];
    }),
  }));
  const slowest = Math.max(1, ...series.flatMap(({ data }) => data.map(({ y }) => y)));
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={`Apps confirmed ${counted.format(confirmed)} sign-outs in ${days.length} days; ${counted.format(failed)} were given up.`}
        >
          Time to confirmation
        </Header>
      }
    >
      <LineChart
        series={confirmed ? series : []}
        xScaleType="categorical"
        xDomain={days.map(({ Day }) => Day)}
        yDomain={[0, slowest]}
        xTitle="Day (UTC)"
        yTitle="Confirmed within"
        i18nStrings={{ xTickFormatter: dayName, yTickFormatter: duration }}
        height={200}
        hideFilter
        ariaLabel="Time to confirmation by day"
        ariaDescription="Within what time half, and nine tenths, of the sign-outs were confirmed by apps on each day."
        empty={<Box textAlign="center">No app has had to confirm a sign-out.</Box>}
      />
    </Container>
  );
}
