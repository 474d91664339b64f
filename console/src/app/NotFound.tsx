import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { To } from "./links";
import { Shell } from "./Shell";

export function NotFound({ what = "page" }: { what?: string }) {
  return (
    <Shell crumbs={[{ text: "Not found", to: "/" }]}>
      <SpaceBetween size="m">
        <Box variant="h1">There is no such {what}</Box>
        <Box>It may have been deleted, or the address is not complete.</Box>
        <To to="/accounts">All accounts</To>
      </SpaceBetween>
    </Shell>
  );
}
