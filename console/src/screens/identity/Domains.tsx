import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";
import { both, closed, useAllowed } from "../../api/allowed";
import { Empty } from "../../parts/Empty";
import { ListTable } from "../../parts/ListTable";
import { Moment } from "../../parts/Moment";
import { Name } from "../../parts/Name";
import { type Domain, useDomains } from "./api";
import { RemoveDomain } from "./RemoveDomain";

export function DomainStatus({ status }: { status: Domain["Status"] }) {
  switch (status) {
    case "Verified":
      return <StatusIndicator type="success">Verified</StatusIndicator>;
    case "Releasing":
      return <StatusIndicator type="in-progress">Letting its members go</StatusIndicator>;
    default:
      return <StatusIndicator type="pending">Pending verification</StatusIndicator>;
  }
}

// Domains are the mail domains that an account has claimed.
export function Domains({ account, claim, prove }: { account: string; claim(): void; prove(domain: string): void }) {
  const domains = useDomains(account);
  const allowed = useAllowed(account);
  const [removed, setRemoved] = useState<Domain>();
  const columns: TableProps.ColumnDefinition<Domain>[] = [
    { id: "name", header: "Domain", isRowHeader: true, minWidth: 140, cell: ({ DomainName }) => <Name>{DomainName}</Name> },
    { id: "status", header: "Status", minWidth: 160, cell: ({ Status }) => <DomainStatus status={Status} /> },
    { id: "added", header: "Claimed", minWidth: 130, cell: ({ AddedTimestamp }) => <Moment at={AddedTimestamp} /> },
    { id: "verified", header: "Verified", minWidth: 130, cell: ({ VerifiedTimestamp }) => <Moment at={VerifiedTimestamp} /> },
    {
      id: "actions",
      header: "Actions",
      minWidth: 180,
      cell: (domain) => (
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="inline-link" ariaLabel={`DNS record of ${domain.DomainName}`} onClick={() => prove(domain.DomainName)}>
            DNS record
          </Button>
          <Button
            variant="inline-link"
            ariaLabel={`Remove ${domain.DomainName}`}
            onClick={() => setRemoved(domain)}
            {...both(
              allowed("chime:DeleteDomain"),
              closed(domain.Status === "Releasing" ? "Its members are being let go already." : undefined),
            )}
          >
            Remove
          </Button>
        </SpaceBetween>
      ),
    },
  ];
  const claimButton = (
    <Button onClick={claim} {...allowed("chime:AddDomain")}>
      Claim a domain
    </Button>
  );
  return (
    <>
      <ListTable
        title="Domains"
        what="domains"
        description="Whoever proves an address in a verified domain joins this account."
        actions={claimButton}
        columns={columns}
        query={domains}
        rowId={({ DomainName }) => DomainName}
        empty={<Empty title="No domain has been claimed">Without one, people are here by invitation alone.</Empty>}
      />
      {removed && <RemoveDomain account={account} domain={removed} close={() => setRemoved(undefined)} />}
    </>
  );
}
