import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import type { ReactNode } from "react";
import type { Pages } from "../app/pages";
import { Empty } from "./Empty";
import { Failure } from "./Failure";
import { type Preferences, TablePreferences } from "./preferences";

export interface PagedTableProps<Item> {
  // what are the rows, in the plural: it names the table.
  what: string;
  header: ReactNode;
  filter?: ReactNode;
  columns: TableProps.ColumnDefinition<Item>[];
  pages: Pages<Item>;
  rowId(item: Item): string;
  // rowName is what the row is called by whoever reads it aloud.
  rowName(item: Item): string;
  // empty is what is shown instead of rows, when there are none.
  empty: ReactNode;
  preferences: [Preferences, (next: Preferences) => void];
  selection?: { type: "single" | "multi"; items: Item[]; select(items: Item[]): void };
  variant?: TableProps.Variant;
}

// PagedTable is a table of which the server has the pages.
export function PagedTable<Item>({ what, pages, columns, preferences, selection, variant, ...rest }: PagedTableProps<Item>) {
  const [preferred, prefer] = preferences;
  const nothing = pages.error ? (
    <Failure doing={`The ${what} could not be read`} error={pages.error} retry={pages.refetch} />
  ) : pages.denied ? (
    <Empty title={pages.denied} />
  ) : pages.more ? (
    <FurtherOn what={what} pages={pages} />
  ) : (
    rest.empty
  );
  return (
    <Table
      variant={variant ?? "container"}
      trackBy={rest.rowId}
      items={pages.items}
      columnDefinitions={columns}
      columnDisplay={preferred.contentDisplay}
      wrapLines={preferred.wrapLines}
      stripedRows={preferred.stripedRows}
      contentDensity={preferred.contentDensity}
      loading={pages.loading && !pages.error}
      loadingText={`Loading ${what}`}
      header={rest.header}
      filter={rest.filter}
      empty={<Box textAlign="center">{nothing}</Box>}
      pagination={<Pagination {...pages.pagination} disabled={pages.loading} />}
      preferences={<TablePreferences value={preferred} columns={columns} change={prefer} />}
      selectionType={selection?.type}
      selectedItems={selection?.items}
      onSelectionChange={({ detail }) => selection?.select(detail.selectedItems)}
      ariaLabels={{
        tableLabel: what,
        selectionGroupLabel: `Select ${what}`,
        allItemsSelectionLabel: () => "Select all on this page",
        itemSelectionLabel: (_, item) => `Select ${rest.rowName(item)}`,
      }}
      enableKeyboardNavigation
      stickyHeader={variant === "full-page"}
      resizableColumns={false}
    />
  );
}

// FurtherOn is of a search that has found nothing in what it has looked through so far.
function FurtherOn({ what, pages }: { what: string; pages: Pages<unknown> }) {
  return (
    <SpaceBetween size="s">
      <Box>None of the {what} that were looked through so far match. There are more.</Box>
      <Button onClick={pages.next}>Look further</Button>
    </SpaceBetween>
  );
}
