// The audit as a table. What would be a formula in a spreadsheet is none: a user agent is anybody's to choose.
import { safeCell } from "../../bulk/cells.ts";
import { type AuditRecord, documentOf } from "./record.ts";

const columns: [string, (record: AuditRecord) => unknown][] = [
  ["EventTime", ({ EventTime }) => EventTime],
  ["EventName", ({ EventName }) => EventName],
  ["Principal", ({ Principal }) => Principal],
  ["AccountId", ({ AccountId }) => AccountId],
  ["ErrorCode", ({ ErrorCode }) => ErrorCode],
  ["Repeats", ({ Repeats }) => Repeats],
  ["SourceIPAddress", (record) => part(record, "sourceIPAddress")],
  ["UserAgent", (record) => part(record, "userAgent")],
  ["RequestParameters", (record) => JSON.stringify(part(record, "requestParameters") ?? null)],
  ["EventId", ({ EventId }) => EventId],
];

function part(record: AuditRecord, name: string): unknown {
  return (documentOf(record) as Record<string, unknown> | undefined)?.[name];
}

export function csvOf(records: AuditRecord[]): string {
  const rows = [columns.map(([name]) => name), ...records.map((record) => columns.map(([, value]) => value(record)))];
  return rows.map((row) => row.map((value) => safeCell(String(value ?? ""))).join(",") + "\r\n").join("");
}
