import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Failure } from "./Failure";

interface Props<Item> {
  title: string;
  // what are the rows, in the plural.
  what: string;
  description?: string;
  actions?: ReactNode;
  columns: TableProps.ColumnDefinition<Item>[];
  query: UseQueryResult<Item[]>;
  rowId(item: Item): string;
  empty: ReactNode;
  selection?: { items: Item[]; select(items: Item[]): void };
}

// ListTable is a table of a list that the server hands out whole, because it is short.
export function ListTable<Item>({ title, what, description, actions, columns, query, rowId, empty, selection }: Props<Item>) {
  return (
    <Table
      header={
        <Header variant="h2" counter={query.data && `(${query.data.length})`} description={description} actions={actions}>
          {title}
        </Header>
      }
      trackBy={rowId}
      wrapLines
      loading={query.isPending}
      loadingText={`Loading ${what}`}
      items={query.data ?? []}
      columnDefinitions={columns}
      empty={
        query.error ? (
          <Failure doing={`The ${what} could not be read`} error={query.error} retry={query.refetch} />
        ) : (
          <Box textAlign="center">{empty}</Box>
        )
      }
      selectionType={selection && "multi"}
      selectedItems={selection?.items}
      onSelectionChange={({ detail }) => selection?.select(detail.selectedItems)}
      ariaLabels={{
        tableLabel: title,
        selectionGroupLabel: `Select ${what}`,
        allItemsSelectionLabel: () => "Select all",
        itemSelectionLabel: (_, item) => `Select ${rowId(item)}`,
      }}
    />
  );
}
