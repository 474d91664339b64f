import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import LineChart from "@cloudscape-design/components/line-chart";
import { type Day, duration, quantile } from "./api";
import { dayName } from "./PerDay";

const shares: [string, number][] = [
  ["Half of them", 0.5],
  ["95 in 100", 0.95],
];

// Confirmations shows how long apps took to confirm that they ended somebody's sessions. Times are known by classes: each
// point is the end of one.
export function Confirmations({ days }: { days: Day[] }) {
  const confirmed = days.reduce((sum, { Confirmed }) => sum + Confirmed, 0);
  const failed = days.reduce((sum, { Failed }) => sum + Failed, 0);
  const points = (share: number) =>
    days.flatMap(({ Day, ConfirmationTimes }) => {
      const y = quantile(ConfirmationTimes ?? [], share);
      return y === undefined || y === Infinity ? [] : [{ x: Day, y }];
    });
  return (
    <Container
      fitHeight
      header={
        <Header variant="h2" description={`${confirmed} sign-outs confirmed by apps, ${failed} given up`}>
          Time to confirmation
        </Header>
      }
    >
      <LineChart
        series={confirmed ? shares.map(([title, share]) => ({ type: "line", title, data: points(share), valueFormatter: (value: number) => `within ${duration(value)}` })) : []}
        xScaleType="categorical"
        xDomain={days.map(({ Day }) => Day)}
        yDomain={[0, Math.max(1, ...points(0.95).map(({ y }) => y))]}
        xTitle="Day (UTC)"
        yTitle="Confirmed within"
        i18nStrings={{ xTickFormatter: dayName, yTickFormatter: duration }}
        height={170}
        hideFilter
        ariaLabel="Time to confirmation by day"
        ariaDescription="Within what time apps confirmed sign-outs on each day."
        empty={<Box textAlign="center">No app has had to confirm a sign-out.</Box>}
      />
    </Container>
  );
}
