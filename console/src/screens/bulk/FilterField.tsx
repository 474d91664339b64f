import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Filter } from "../../bulk/plan";
import { Name } from "../../parts/Name";

// FilterField says whom a filter means, that the table of users had.
export function FilterField({ filter, clear }: { filter: Filter; clear(): void }) {
  const parts = [
    filter.emailPrefix && `address begins with ${filter.emailPrefix}`,
    filter.status && `status is ${filter.status}`,
    filter.license && `license is ${filter.license}`,
    filter.userType && `type is ${filter.userType}`,
  ].filter(Boolean);
  return (
    <FormField label="Who">
      <SpaceBetween size="xs">
        <Box>
          <Name>{parts.length > 0 ? `All users whose ${parts.join(", and whose ")}` : "All users of the account"}</Name>
        </Box>
        <Button formAction="none" onClick={clear}>
          Give a list instead
        </Button>
      </SpaceBetween>
    </FormField>
  );
}
