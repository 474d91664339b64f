// What an account is, and what can be done to it as a whole.
import type { Account } from "@aws-sdk/client-chime";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { Readable } from "../../parts/Readable";
import { MeetingSettings } from "./MeetingSettings";
import { Summary } from "./Summary";

export function Settings({ account }: { account: Account }) {
  return (
    <SpaceBetween size="l">
      <Summary account={account} />
      <Readable action="chime:GetAccountSettings" account={account.AccountId}>
        <MeetingSettings account={account.AccountId!} />
      </Readable>
    </SpaceBetween>
  );
}
