// The records that match a search, as a file.
import { transient } from "../../api/errors";
import type { Page } from "../../app/pages";
import { csvOf } from "./csv";
import { type AuditRecord, documentOf } from "./record";

export type Format = "json" | "csv";

// exportLimit is the most records that one file has: they are put together in the browser's memory.
export const exportLimit = 20_000;

const pageSize = 100;

// The waits, in milliseconds, before a page that the server failed at is asked for again.
const waits = [1_000, 2_000, 4_000, 8_000, 15_000];

// collect reads records until there are no more, or as many as a file may have; whole says which. It tells progress of how
// many it has, and ends with the signal's reason when that is given.
export async function collect(
  read: (token: string | undefined, size: number, signal: AbortSignal) => Promise<Page<AuditRecord>>,
  progress: (count: number) => void,
  signal: AbortSignal,
): Promise<{ records: AuditRecord[]; whole: boolean }> {
  const records: AuditRecord[] = [];
  let token: string | undefined;
  for (;;) {
    const page = await patiently(() => read(token, pageSize, signal), signal);
    records.push(...page.items.slice(0, exportLimit - records.length));
    progress(records.length);
    if (!page.next) {
      return { records, whole: true };
    }
    if (records.length >= exportLimit) {
      return { records, whole: false };
    }
    token = page.next;
  }
}

async function patiently<Output>(ask: () => Promise<Output>, signal: AbortSignal): Promise<Output> {
  for (const wait of waits) {
    signal.throwIfAborted();
    try {
      return await ask();
    } catch (error) {
      if (!transient(error)) {
        throw error;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  signal.throwIfAborted();
  return ask();
}

export function fileOf(format: Format, records: AuditRecord[]): Blob {
  return format === "json"
    ? new Blob([JSON.stringify({ Records: records.map(documentOf) }, null, 2)], { type: "application/json" })
    : new Blob([csvOf(records)], { type: "text/csv" });
}
