import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import type { Summary } from "./api";

const counted = new Intl.NumberFormat();

// Numbers are the figures that matter most.
export function Numbers({ summary }: { summary: Summary }) {
  const figures: [string, number][] = [
    ["Accounts", summary.Accounts],
    ["Registered", summary.Registered],
    ["Invited", summary.Unregistered],
    ["Suspended", summary.Suspended],
  ];
  return (
    <Container>
      <KeyValuePairs
        columns={4}
        minColumnWidth={120}
        items={figures.map(([label, value]) => ({
          label,
          value: (
            <Box fontSize="heading-xl" fontWeight="bold">
              {counted.format(value)}
            </Box>
          ),
        }))}
      />
    </Container>
  );
}
