import BarChart from "@cloudscape-design/components/bar-chart";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import type { Day } from "./days";

const counted = new Intl.NumberFormat();
const dayForm = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", timeZone: "UTC" });

export const dayName = (day: string) => dayForm.format(new Date(day));

// PerDay shows how often something happened on each day.
export function PerDay({ title, days, of, empty }: { title: string; days: Day[]; of(day: Day): number; empty: string }) {
  const all = days.reduce((sum, day) => sum + of(day), 0);
  return (
    <Container
      fitHeight
      header={
        <Header variant="h2" counter={`(${counted.format(all)})`}>
          {title}
        </Header>
      }
    >
      <BarChart
        series={
          all
            ? [
                {
                  type: "bar",
                  title,
                  data: days.map((day) => ({ x: day.Day, y: of(day) })),
                  valueFormatter: (value) => counted.format(value),
                },
              ]
            : []
        }
        xScaleType="categorical"
        xDomain={days.map(({ Day }) => Day)}
        yDomain={[0, Math.max(4, ...days.map(of))]}
        xTitle="Day (UTC)"
        i18nStrings={{ xTickFormatter: dayName, yTickFormatter: (value) => (Number.isInteger(value) ? counted.format(value) : "") }}
        height={200}
        hideFilter
        hideLegend
        ariaLabel={`${title} by day`}
        ariaDescription={`${title} on each of the last ${days.length} days.`}
        empty={<Box textAlign="center">{empty}</Box>}
      />
    </Container>
  );
}
