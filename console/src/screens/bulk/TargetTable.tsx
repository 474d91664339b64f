import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import Select from "@cloudscape-design/components/select";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useMemo, useState } from "react";
import type { Tally } from "../../bulk/plan";
import type { Target } from "../../bulk/types";
import { Name } from "../../parts/Name";
import { effectIcons } from "./Preview";

// pageSize is how many are shown at a time, so that 100,000 cost no more than 50.
const pageSize = 50;

export const whoColumns: TableProps.ColumnDefinition<Target>[] = [
  { id: "entry", header: "Entry", isRowHeader: true, minWidth: 160, cell: ({ entry }) => <Name>{entry}</Name> },
  { id: "who", header: "Who", minWidth: 180, cell: ({ name, email, userId }) => <Name>{userId ? [name, email].filter(Boolean).join(", ") || userId : "–"}</Name> },
];

const columns: TableProps.ColumnDefinition<Target>[] = [
  ...whoColumns,
  { id: "effect", header: "What will happen", minWidth: 180, cell: ({ effect }) => <StatusIndicator type={effectIcons[effect.kind]}>{effect.text}</StatusIndicator> },
];

const everybody = { value: "", label: "Everybody" };

export function TargetTable({ targets, tallies }: { targets: Target[]; tallies: Tally[] }) {
  const [kind, setKind] = useState("");
  const [page, setPage] = useState(1);
  const shown = useMemo(() => (kind === "" ? targets : targets.filter(({ effect }) => effect.kind === kind)), [targets, kind]);
  const options = [everybody, { value: "change", label: "Who is changed" }, { value: "nothing", label: "Who stays as they are" }, { value: "refuse", label: "Who is left out" }];
  return (
    <Table
      header={<Header variant="h2" counter={`(${shown.length.toLocaleString()})`}>Each entry</Header>}
      ariaLabels={{ tableLabel: "What will happen to each" }}
      trackBy="entry"
      wrapLines
      items={shown.slice((page - 1) * pageSize, page * pageSize)}
      columnDefinitions={columns}
      filter={
        <Select
          selectedOption={options.find(({ value }) => value === kind)!}
          options={options.filter(({ value }) => value === "" || tallies.some((of) => of.kind === value))}
          ariaLabel="Whom to show"
          onChange={({ detail }) => {
            setKind(detail.selectedOption.value!);
            setPage(1);
          }}
        />
      }
      pagination={
        <Pagination currentPageIndex={page} pagesCount={Math.max(1, Math.ceil(shown.length / pageSize))} onChange={({ detail }) => setPage(detail.currentPageIndex)} />
      }
      empty="Nobody"
    />
  );
}
