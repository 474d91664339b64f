// The record of calls: who did what, when, and with what outcome.
import Box from "@cloudscape-design/components/box";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";
import { path, To } from "../../app/links";
import { gather, usePages } from "../../app/pages";
import { Shell } from "../../app/Shell";
import { Empty } from "../../parts/Empty";
import { Moment } from "../../parts/Moment";
import { Name } from "../../parts/Name";
import { PagedTable } from "../../parts/PagedTable";
import { Readable } from "../../parts/Readable";
import { usePreferences } from "../../parts/preferences";
import { auditKey, useReadAudit, useSearch } from "./api";
import { ExportDialog } from "./ExportDialog";
import type { Format } from "./export";
import { SearchForm } from "./SearchForm";
import type { AuditRecord } from "./record";

// searchSteps is how often the server is asked to fill a page: it looks through a bounded part of the record at a time.
const searchSteps = 5;

export function Outcome({ code }: { code: string | null }) {
  return code ? <StatusIndicator type="error">{code.replace(/Exception$/, "")}</StatusIndicator> : <StatusIndicator>Done</StatusIndicator>;
}

const columns: TableProps.ColumnDefinition<AuditRecord>[] = [
  { id: "time", header: "Time", minWidth: 130, cell: ({ EventTime }) => <Moment at={EventTime} /> },
  {
    id: "operation",
    header: "Operation",
    isRowHeader: true,
    minWidth: 170,
    cell: ({ EventId, EventName }) => (
      <To to={path("audit", EventId)}>
        <Name>{EventName}</Name>
      </To>
    ),
  },
  {
    id: "outcome",
    header: "Outcome",
    minWidth: 180,
    cell: ({ ErrorCode, Repeats }) => <OutcomeAndRepeats code={ErrorCode} repeats={Repeats} />,
  },
  { id: "principal", header: "Principal", minWidth: 140, cell: ({ Principal }) => <By principal={Principal} /> },
  {
    id: "account",
    header: "Account",
    minWidth: 170,
    cell: ({ AccountId }) =>
      AccountId ? (
        <To to={path("accounts", AccountId)}>
          <Name>{AccountId}</Name>
        </To>
      ) : (
        "–"
      ),
  },
];

function OutcomeAndRepeats({ code, repeats }: { code: string | null; repeats: number | null }) {
  return (
    <>
      <Outcome code={code} /> {repeats ? <Box color="text-body-secondary">and {repeats} more like it</Box> : null}
    </>
  );
}

// By leads to all that a principal did. An ARN is shown by its end, which tells it apart within the tenant.
function By({ principal }: { principal: string }) {
  return (
    <To to={"/audit?" + new URLSearchParams({ principal }).toString()} ariaLabel={`All by ${principal}`}>
      <Name>{principal.startsWith("arn:") ? principal.slice(principal.lastIndexOf(":") + 1) : principal}</Name>
    </To>
  );
}

export default function Audit() {
  return (
    <Shell crumbs={[{ text: "Audit", to: "/audit" }]}>
      <Readable action="chime:ListAuditRecords">
        <Records />
      </Readable>
    </Shell>
  );
}

function Records() {
  const read = useReadAudit();
  const [search, setSearch] = useSearch();
  const [format, setFormat] = useState<Format>();
  const preferences = usePreferences("audit", columns);
  const size = preferences[0].pageSize;
  const records = usePages<AuditRecord>([...auditKey, search, size], (token, signal) =>
    gather(token, size, searchSteps, (next, missing) => read(search, next, missing, signal)),
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
    <>
      <SpaceBetween size="m">
        <Header
          variant="h1"
          description="Changes and denials, newest first; readings too where the server records them."
          actions={exportMenu}
        >
          Audit
        </Header>
        <SearchForm search={search} submit={setSearch} />
        <PagedTable
          what="audit records"
          header={<Header variant="h2">Records</Header>}
          columns={columns}
          pages={records}
          preferences={preferences}
          rowId={({ EventId }) => EventId}
          rowName={({ EventName }) => EventName}
          empty={<Empty title="Nothing matches">Search for less, or for a longer time.</Empty>}
        />
      </SpaceBetween>
      {format && <ExportDialog format={format} search={search} close={() => setFormat(undefined)} />}
    </>
  );
}
