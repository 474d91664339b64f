import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import PieChart from "@cloudscape-design/components/pie-chart";
import type { MemberCount } from "./api";

const counted = new Intl.NumberFormat();

const stateNames: Record<MemberCount["Status"], string> = { Registered: "Registered", Unregistered: "Invited", Suspended: "Suspended" };

// Members shows how many there are, by state and license.
export function Members({ counts }: { counts: MemberCount[] }) {
  const all = counts.reduce((sum, { Users }) => sum + Users, 0);
  const slices = counts
    .filter(({ Users }) => Users > 0)
    .map(({ Status, License, Users }) => ({ title: [stateNames[Status], License].filter(Boolean).join(", "), value: Users }));
  return (
    <Container fitHeight header={<Header variant="h2">Members by state and license</Header>}>
      <PieChart
        data={slices}
        variant="donut"
        size="medium"
        hideFilter
        hideTitles
        hideDescriptions
        innerMetricValue={counted.format(all)}
        innerMetricDescription="members"
        ariaLabel="Members by state and license"
        ariaDescription="How many members there are in each state, with each license."
        detailPopoverContent={({ value }) => [
          { key: "Members", value: counted.format(value) },
          { key: "Share", value: `${((100 * value) / all).toFixed(1)} %` },
        ]}
        empty={<Box textAlign="center">There are no members yet.</Box>}
      />
    </Container>
  );
}
