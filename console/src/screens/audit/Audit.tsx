// The record of calls: who did what, when, and with what outcome.
import Box from "@cloudscape-design/components/box";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";
import { path, To } from "../../app/links";
import { gather, usePages } from "../../app/pages";
import { Shell } from "../../app/Shell";
import { Failure } from "../../parts/Failure";
import { Moment } from "../../parts/Moment";
import { Name } from "../../parts/Name";
import { auditKey, type AuditRecord, useReadAudit, useSearch } from "./api";
import { ExportDialog } from "./ExportDialog";
import type { Format } from "./export";
import { SearchForm } from "./SearchForm";

// pageSize is how many records a page has, and searchSteps how often the server is asked to fill one: it looks through a
// bounded part of the record at a time.
const pageSize = 50;
const searchSteps = 5;

export function Outcome({ code }: { code: string | null }) {
  return code ? <StatusIndicator type="error">{code}</StatusIndicator> : <StatusIndicator>Done</StatusIndicator>;
}

const columns: TableProps.ColumnDefinition<AuditRecord>[] = [
  { id: "time", header: "Time", cell: ({ EventTime }) => <Moment at={EventTime} /> },
  { id: "operation", header: "Operation", isRowHeader: true, cell: ({ EventId, EventName }) => <To to={path("audit", EventId)}><Name>{EventName}</Name></To> },
  { id: "outcome", header: "Outcome", cell: ({ ErrorCode, Repeats }) => <OutcomeAndRepeats code={ErrorCode} repeats={Repeats} /> },
  { id: "principal", header: "Principal", cell: ({ Principal }) => <Name>{Principal}</Name> },
  { id: "account", header: "Account", cell: ({ AccountId }) => (AccountId ? <To to={path("accounts", AccountId)}><Name>{AccountId}</Name></To> : "–") },
];

function OutcomeAndRepeats({ code, repeats }: { code: string | null; repeats: number | null }) {
  return (
    <>
      <Outcome code={code} /> {repeats ? <Box color="text-body-secondary">and {repeats} more like it</Box> : null}
    </>
  );
}

export default function Audit() {
  const read = useReadAudit();
  const [search, setSearch] = useSearch();
  const [format, setFormat] = useState<Format>();
  const records = usePages<AuditRecord>([...auditKey, search], (token, signal) =>
    gather(token, pageSize, searchSteps, (next, size) => read(search, next, size, signal)),
  );
  const exportMenu = (
    <ButtonDropdown
      items={[
        { id: "json", text: "CloudTrail JSON" },
        { id: "csv", text: "CSV" },
      ]}
      onItemClick={({ detail }) => setFormat(detail.id as Format)}
    >
      Export
    </ButtonDropdown>
  );
  return (
    <Shell crumbs={[{ text: "Audit", to: "/audit" }]}>
      <SpaceBetween size="m">
        <Header variant="h1" description="Every change, every denial and every reading of it that is recorded, newest first." actions={exportMenu}>
          Audit
        </Header>
        <SearchForm key={JSON.stringify(search)} search={search} submit={setSearch} />
        {records.error && <Failure doing="The audit could not be read" error={records.error} retry={records.refetch} />}
        <Table
          ariaLabels={{ tableLabel: "Audit records" }}
          trackBy="EventId"
          wrapLines
          loading={records.loading}
          loadingText="Searching"
          items={records.items}
          columnDefinitions={columns}
          pagination={<Pagination {...records.pagination} />}
          empty={
            <Box textAlign="center">
              {records.more ? "Nothing matches so far. The search goes on with the next page." : "Nothing matches. Search for less, or for a longer time."}
            </Box>
          }
        />
      </SpaceBetween>
      {format && <ExportDialog format={format} search={search} close={() => setFormat(undefined)} />}
    </Shell>
  );
}
