import { type Account, ResetPersonalPINCommand, type User } from "@aws-sdk/client-chime";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import { useState } from "react";
import { Confirm } from "../../parts/Confirm";
import { Copyable } from "../../parts/Copyable";
import { useSession } from "../../session/session";
import { Whom } from "./Whom";

// ResetPin gives somebody a new PIN, and shows it.
export function ResetPin({ account, user, done, close }: { account: Account; user: User; done(): void; close(): void }) {
  const { chime } = useSession();
  const [pin, setPin] = useState<string>();
  if (pin !== undefined) {
    return (
      <Modal
        visible
        header="The new personal PIN"
        closeAriaLabel="Close"
        onDismiss={close}
        footer={
          <Box float="right">
            <Button variant="primary" onClick={close}>
              Close
            </Button>
          </Box>
        }
      >
        <Whom users={[user]} />
        <Box variant="h2">
          <Copyable text={pin} what="the PIN" />
        </Box>
      </Modal>
    );
  }
  return (
    <Confirm
      title="Reset the personal PIN?"
      submit="Reset"
      failed="The PIN was not reset"
      run={() => chime.send(new ResetPersonalPINCommand({ AccountId: account.AccountId, UserId: user.UserId }))}
      done={({ User: { PersonalPIN } = {} }) => {
        done();
        setPin(PersonalPIN ?? "");
      }}
      close={close}
    >
      <Whom users={[user]} />
      <Box>The present PIN is dead at once. Meetings that were scheduled with it have to be sent out anew.</Box>
    </Confirm>
  );
}
