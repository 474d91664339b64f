import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import PieChart from "@cloudscape-design/components/pie-chart";

const counted = new Intl.NumberFormat();

// Shares shows how members are divided.
export function Shares({ title, of, empty }: { title: string; of: [string, number][]; empty: string }) {
  const all = of.reduce((sum, [, members]) => sum + members, 0);
  return (
    <Container fitHeight header={<Header variant="h2">{title}</Header>}>
      <PieChart
        data={of.filter(([, members]) => members > 0).map(([name, value]) => ({ title: name, value }))}
        variant="donut"
        size="medium"
        hideFilter
        hideTitles
        hideDescriptions
        innerMetricValue={counted.format(all)}
        innerMetricDescription="members"
        ariaLabel={title}
        ariaDescription={of.map(([name, members]) => `${name}: ${counted.format(members)}`).join(". ")}
        detailPopoverContent={({ value }) => [
          { key: "Members", value: counted.format(value) },
          { key: "Share", value: `${((100 * value) / all).toFixed(1)} %` },
        ]}
        empty={<Box textAlign="center">{empty}</Box>}
      />
    </Container>
  );
}
