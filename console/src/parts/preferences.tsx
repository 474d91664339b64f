// What somebody prefers of a table, kept in their browser.
import CollectionPreferences, { type CollectionPreferencesProps } from "@cloudscape-design/components/collection-preferences";
import { useKept } from "../app/kept";

export type Preferences = CollectionPreferencesProps.Preferences & { pageSize: number };

const sizes = [20, 50, 100, 200];

interface Column {
  id?: string;
  header?: unknown;
}

// usePreferences returns what is preferred of the table with the name. Columns that are not named are shown at first,
// hidden ones are not.
export function usePreferences(name: string, columns: readonly Column[], hidden: string[] = []): [Preferences, (next: Preferences) => void] {
  return useKept<Preferences>("carillon.table." + name, () => ({
    pageSize: 50,
    contentDisplay: columns.map(({ id }) => ({ id: id!, visible: !hidden.includes(id!) })),
  }));
}

// TablePreferences lets them be changed. The first column stays: it names the row.
export function TablePreferences({ value, columns, change }: { value: Preferences; columns: readonly Column[]; change(next: Preferences): void }) {
  return (
    <CollectionPreferences
      title="Preferences"
      confirmLabel="Confirm"
      cancelLabel="Cancel"
      preferences={value}
      onConfirm={({ detail }) => change({ ...value, ...detail })}
      pageSizePreference={{ title: "Page size", options: sizes.map((size) => ({ value: size, label: `${size} rows` })) }}
      wrapLinesPreference={{ label: "Wrap lines", description: "Show all of a text, in more lines." }}
      stripedRowsPreference={{ label: "Striped rows", description: "Shade every other row." }}
      contentDensityPreference={{ label: "Compact", description: "Show more rows." }}
      contentDisplayPreference={{
        title: "Columns",
        options: columns.map(({ id, header }, i) => ({ id: id!, label: String(header), alwaysVisible: i === 0 })),
      }}
    />
  );
}
