// What an account is, and what can be done to it as a whole.
import type { Account } from "@aws-sdk/client-chime";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { MeetingSettings } from "./MeetingSettings";
import { Summary } from "./Summary";

export function Settings({ account }: { account: Account }) {
  return (
    <SpaceBetween size="l">
      <Summary account={account} />
      <MeetingSettings account={account.AccountId!} />
    </SpaceBetween>
  );
}
