import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { pretty } from "../../parts/pretty";
import type { Policy } from "./api";

export function PolicyViewer({ policy, close }: { policy: Policy; close(): void }) {
  const document = pretty(policy.PolicyDocument);
  return (
    <Modal
      visible
      size="large"
      header={policy.PolicyName}
      closeAriaLabel="Close"
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <CopyToClipboard copyButtonText="Copy" textToCopy={document} copySuccessText="Copied" copyErrorText="The browser did not let it be copied: select it instead" />
            <Button variant="primary" onClick={close}>
              Close
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="s">
        {policy.Description && <Box>{policy.Description}</Box>}
        <pre className="document">{document}</pre>
      </SpaceBetween>
    </Modal>
  );
}
