import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";
import { both, closed, useAllowed } from "../../api/allowed";
import { Failure } from "../../parts/Failure";
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
    { id: "name", header: "Domain", isRowHeader: true, cell: ({ DomainName }) => <Name>{DomainName}</Name> },
    { id: "status", header: "Status", cell: ({ Status }) => <DomainStatus status={Status} /> },
    { id: "added", header: "Claimed", cell: ({ AddedTimestamp }) => <Moment at={AddedTimestamp} /> },
    { id: "verified", header: "Verified", cell: ({ VerifiedTimestamp }) => <Moment at={VerifiedTimestamp} /> },
    {
      id: "actions",
      header: "Actions",
      cell: (domain) => (
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="inline-link" ariaLabel={`DNS record of ${domain.DomainName}`} onClick={() => prove(domain.DomainName)}>
            DNS record
          </Button>
          <Button
            variant="inline-link"
            ariaLabel={`Remove ${domain.DomainName}`}
            onClick={() => setRemoved(domain)}
            {...both(allowed("chime:DeleteDomain"), closed(domain.Status === "Releasing" ? "Its members are being let go already." : undefined))}
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
      {domains.error && <Failure doing="The domains could not be read" error={domains.error} retry={domains.refetch} />}
      <Table
        header={
          <Header
            variant="h2"
            counter={domains.data && `(${domains.data.length})`}
            description="Whoever proves an address in a verified domain joins this account."
            actions={claimButton}
          >
            Domains
          </Header>
        }
        ariaLabels={{ tableLabel: "Domains" }}
        trackBy="DomainName"
        wrapLines
        loading={domains.isPending}
        loadingText="Reading the domains"
        items={domains.data ?? []}
        columnDefinitions={columns}
        empty={
          <Box textAlign="center" color="inherit">
            <Box padding={{ bottom: "s" }}>No domain has been claimed. Without one, people are here by invitation alone.</Box>
          </Box>
        }
      />
      {removed && <RemoveDomain account={account} domain={removed} close={() => setRemoved(undefined)} />}
    </>
  );
}
