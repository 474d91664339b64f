// What happened to a user: the calls of the audit that named them.
import Header from "@cloudscape-design/components/header";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { TableProps } from "@cloudscape-design/components/table";
import { useAllowed } from "../../api/allowed";
import { path, To } from "../../app/links";
import { Empty } from "../../parts/Empty";
import { Moment } from "../../parts/Moment";
import { Name } from "../../parts/Name";
import { PagedTable } from "../../parts/PagedTable";
import { usePreferences } from "../../parts/preferences";
import { type HistoryRecord, useHistory } from "./api";

const columns: TableProps.ColumnDefinition<HistoryRecord>[] = [
  { id: "what", header: "Operation", isRowHeader: true, cell: ({ EventId, EventName }) => <To to={path("audit", EventId)}>{EventName}</To> },
  { id: "time", header: "Time", cell: ({ EventTime }) => <Moment at={EventTime} /> },
  { id: "who", header: "By", cell: ({ Principal }) => <Name>{Principal}</Name> },
  {
    id: "outcome",
    header: "Outcome",
    cell: ({ ErrorCode, UserErrorCode }) => {
      const code = ErrorCode ?? UserErrorCode;
      return code ? <StatusIndicator type="error">{code}</StatusIndicator> : <StatusIndicator>Done</StatusIndicator>;
    },
  },
];

export function History({ account, user }: { account: string; user: string }) {
  const gate = useAllowed(account)("chime:ListUserHistory");
  const preferences = usePreferences("history", columns);
  const pages = useHistory(account, user, gate);
  return (
    <PagedTable
      what="history"
      columns={columns}
      pages={pages}
      preferences={preferences}
      rowId={({ EventId }) => EventId}
      rowName={({ EventName }) => EventName}
      header={
        <Header variant="h2" description="The recorded calls that named this user, newest first.">
          History
        </Header>
      }
      empty={<Empty title="Nothing is recorded of this user" />}
    />
  );
}
