import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";

// Empty is shown where there is nothing, with what can be done about it.
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Box textAlign="center" color="inherit" padding={{ vertical: "s" }}>
      <SpaceBetween size="xs">
        <Box variant="strong">{title}</Box>
        {children && <Box color="inherit">{children}</Box>}
        {action}
      </SpaceBetween>
    </Box>
  );
}
