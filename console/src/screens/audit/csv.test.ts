import assert from "node:assert/strict";
import test from "node:test";
import { csvOf } from "./csv.ts";
import type { AuditRecord } from "./record.ts";

const record: AuditRecord = {
  EventId: "e1",
  EventTime: "2027-01-31T12:00:00Z",
  EventName: "BatchSuspendUser",
  Principal: "arn:aws:iam::111122223333:user/alice",
  AccountId: null,
  ErrorCode: null,
  Repeats: 0,
  Document: { sourceIPAddress: "192.0.2.1", userAgent: "aws-cli/2", requestParameters: { userIdList: ["u1", 'a "quoted" one'] } },
};

const rows = (...records: AuditRecord[]) => csvOf(records).trimEnd().split("\r\n");

test("each record is a row below the names of the columns", () => {
  const [names, row, ...more] = rows(record);
  assert.equal(names, "EventTime,EventName,Principal,AccountId,ErrorCode,Repeats,SourceIPAddress,UserAgent,RequestParameters,EventId");
  const parameters = '"{""userIdList"":[""u1"",""a \\""quoted\\"" one""]}"';
  assert.equal(row, `2027-01-31T12:00:00Z,BatchSuspendUser,${record.Principal},,,0,192.0.2.1,aws-cli/2,${parameters},e1`);
  assert.deepEqual(more, []);
});

test("nothing is a formula", () => {
  for (const userAgent of ['=HYPERLINK("http://example.com")', "+1", "-1", "@SUM(A1)"]) {
    const row = rows({ ...record, Document: { userAgent } })[1];
    assert.ok(row?.includes("'" + userAgent.replaceAll('"', '""')), `got ${row}`);
  }
});

test("a record keeps to its row", () => {
  assert.equal(rows({ ...record, Document: { userAgent: "a\r\nb" } }).length, 2);
});

test("a record without a document has a row", () => {
  assert.equal(rows({ ...record, Document: undefined })[1], `2027-01-31T12:00:00Z,BatchSuspendUser,${record.Principal},,,0,,,null,e1`);
});
