// What came of each, block by block as it is kept, so that only what is shown is read.
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Block, Outcome, OutcomeKind, Run, Target } from "../../bulk/types";
import { useRunner } from "./hooks";
import { whoColumns } from "./TargetTable";

type Row = Target & { outcome?: Outcome };

const icons: Record<OutcomeKind, StatusIndicatorProps.Type> = { Done: "success", Unchanged: "info", Repeated: "info", Refused: "error" };

const columns: TableProps.ColumnDefinition<Row>[] = [
  ...whoColumns,
  {
    id: "outcome",
    header: "Outcome",
    minWidth: 180,
    cell: ({ outcome }) => (outcome ? <StatusIndicator type={icons[outcome.kind]}>{outcome.detail}</StatusIndicator> : <StatusIndicator type="pending">Not done yet</StatusIndicator>),
  },
];

const rowsOf = ({ targets, outcomes }: Block): Row[] => targets.map((target, i) => ({ ...target, outcome: outcomes?.[i] }));

const pageSize = 50;

export function OutcomeTable({ run }: { run: Run }) {
  const { runner } = useRunner();
  const [only, setOnly] = useState("all");
  const [page, setPage] = useState(1);
  const refused = only === "refused";
  const block = Math.min(page - 1, run.blocks - 1);
  const rows = useQuery({
    // A block is read again when it was done, and who was refused when there are more.
    queryKey: ["bulk", "rows", run.id, refused ? ["refused", run.counts.Refused] : [block, run.next > block]],
    queryFn: async () => {
      const store = await runner.store();
      if (!refused) {
        return run.blocks === 0 ? [] : rowsOf(await store.block(run.id, block));
      }
      return (await store.blocks(run.id, 0, run.blocks)).flatMap(rowsOf).filter(({ outcome }) => outcome?.kind === "Refused");
    },
    placeholderData: (before) => before,
    gcTime: 0,
  });
  const items = rows.data ?? [];
  const pages = refused ? Math.ceil(items.length / pageSize) : run.blocks;
  return (
    <Table
      header={<Header variant="h2">Each entry</Header>}
      ariaLabels={{ tableLabel: "What came of each" }}
      wrapLines
      loading={rows.isPending}
      loadingText="Reading what came of each"
      items={refused ? items.slice((page - 1) * pageSize, page * pageSize) : items}
      columnDefinitions={columns}
      filter={
        <SegmentedControl
          label="Whom to show"
          selectedId={only}
          options={[{ id: "all", text: "All" }, { id: "refused", text: `Refused (${run.counts.Refused.toLocaleString()})` }]}
          onChange={({ detail }) => {
            setOnly(detail.selectedId);
            setPage(1);
          }}
        />
      }
      pagination={<Pagination currentPageIndex={page} pagesCount={Math.max(1, pages)} onChange={({ detail }) => setPage(detail.currentPageIndex)} />}
      empty="Nobody"
    />
  );
}
