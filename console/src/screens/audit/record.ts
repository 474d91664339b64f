// A record of the audit, as the server has it.

export interface AuditRecord {
  EventId: string;
  EventTime: string;
  EventName: string;
  Principal: string;
  AccountId: string | null;
  ErrorCode: string | null;
  Repeats: number | null;
  Document?: unknown; // CloudTrail's form
}

// documentOf is the whole record; the server may hand it out as text.
export function documentOf(record: AuditRecord): unknown {
  return typeof record.Document === "string" ? (JSON.parse(record.Document) as unknown) : record.Document;
}
