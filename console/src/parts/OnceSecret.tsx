import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { Copyable } from "./Copyable";

// OnceSecret shows what nobody can read again. It closes by its button alone, not by a key or a click that went astray.
export function OnceSecret({ title, items, close }: { title: string; items: { label: string; value: string }[]; close(): void }) {
  return (
    <Modal
      visible
      header={title}
      closeAriaLabel="Close"
      onDismiss={({ detail }) => detail.reason === "closeButton" && close()}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={close}>
            I have kept it
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Alert type="warning">The secret is shown this once. Put it where it belongs before you close this: nobody can read it again.</Alert>
        <KeyValuePairs columns={1} items={items.map(({ label, value }) => ({ label, value: <Copyable text={value} what={label} /> }))} />
      </SpaceBetween>
    </Modal>
  );
}
