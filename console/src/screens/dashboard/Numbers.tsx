import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import { type Day, duration, quantile, type Summary, timesOf } from "./api";

const counted = new Intl.NumberFormat();

// Numbers are the figures that matter most.
export function Numbers({ summary, days }: { summary: Summary; days: Day[] }) {
  const members = (status: string) => (summary.Members ?? []).filter(({ Status }) => Status === status).reduce((sum, { Users }) => sum + Users, 0);
  const within = quantile(timesOf(days), 0.95);
  const figures: [string, string][] = [
    ["Accounts", counted.format(summary.Accounts)],
    ["Registered", counted.format(members("Registered"))],
    ["Invited", counted.format(members("Unregistered"))],
    ["Suspended", counted.format(members("Suspended"))],
    ["Sign-outs confirmed, 95 in 100", within === undefined ? "–" : within === Infinity ? "Later than all classes" : `Within ${duration(within)}`],
  ];
  return (
    <Container>
      <KeyValuePairs
        columns={4}
        minColumnWidth={120}
        items={figures.map(([label, value]) => ({
          label,
          value: <Box fontSize={value.length > 10 ? "heading-m" : "display-l"}>{value}</Box>,
        }))}
      />
    </Container>
  );
}
