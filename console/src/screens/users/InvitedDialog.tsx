import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { Name } from "../../parts/Name";

// Invited is what became of one address.
export interface Invited {
  address: string;
  outcome: "invited" | "member" | "failed";
  text: string;
}

const indicators = { invited: "success", member: "info", failed: "error" } as const;
const order = Object.keys(indicators);

// InvitedDialog says what became of each address, those first that were not invited.
export function InvitedDialog({ invited, close }: { invited: Invited[]; close(): void }) {
  const items = [...invited].sort((a, b) => order.indexOf(b.outcome) - order.indexOf(a.outcome));
  return (
    <Modal
      visible
      size="large"
      header="Not all were invited"
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
      <div className="scrolled" role="group" aria-label="Outcome of each address" tabIndex={0}>
        <Table
          variant="embedded"
          items={items}
          trackBy="address"
          ariaLabels={{ tableLabel: "Outcome of each address" }}
          wrapLines
          columnDefinitions={[
            { id: "address", header: "Address", isRowHeader: true, cell: ({ address }) => <Name>{address}</Name> },
            { id: "outcome", header: "Outcome", cell: ({ outcome, text }) => <StatusIndicator type={indicators[outcome]}>{text}</StatusIndicator> },
          ]}
        />
      </div>
    </Modal>
  );
}
