import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { Copyable } from "../../parts/Copyable";
import { type Domain, useDomains } from "./api";
import { ProofCheck } from "./ProofCheck";

// ProofDialog shows the DNS record that proves a domain, and looks for it while it is open.
export function ProofDialog({ account, name, close }: { account: string; name: string; close(): void }) {
  const domains = useDomains(account);
  const domain = domains.data?.find(({ DomainName }) => DomainName === name);
  return (
    <Modal
      visible
      size="large"
      header={`DNS record of ${name}`}
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
      {domain && (
        <SpaceBetween size="m">
          <Box>{instruction(domain)}</Box>
          <KeyValuePairs
            columns={1}
            items={[
              { label: "Type", value: domain.RecordType },
              { label: "Name", value: <Copyable text={domain.RecordName} what="the record's name" /> },
              { label: "Value", value: <Copyable text={domain.RecordValue} what="the record's value" /> },
            ]}
          />
          {domain.Status === "Releasing" ? (
            <Alert type="info">The members of {name} are being let go. It can be claimed again when that is over.</Alert>
          ) : (
            <ProofCheck account={account} domain={domain} />
          )}
        </SpaceBetween>
      )}
    </Modal>
  );
}

function instruction(domain: Domain): string {
  return domain.Status === "Pending"
    ? "Publish this record where the domain's DNS is managed. Most take minutes until others see it, some a day. You may close this and come back."
    : "This record proved that the domain is yours. It may be removed from the DNS.";
}
