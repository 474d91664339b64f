import Box from "@cloudscape-design/components/box";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useTyped } from "../../parts/useTyped";

// AccountSearch looks for accounts by the beginning of their name, and for members by their address.
export function AccountSearch({ value, change }: { value: string; change(text: string): void }) {
  const [text, setText] = useTyped(value, change);
  return (
    <SpaceBetween size="xxs">
      <Input
        type="search"
        value={text}
        onChange={({ detail }) => setText(detail.value)}
        placeholder="The beginning of an account's name, or a member's address"
        ariaLabel="Search accounts by name, or a member by address"
        clearAriaLabel="Clear the search"
      />
      <Box variant="small" color="text-body-secondary">
        Capitals count in names, not in addresses.
      </Box>
    </SpaceBetween>
  );
}
