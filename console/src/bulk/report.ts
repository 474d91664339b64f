// The report of a run, as `carillon bulk --report` writes it.
import { safeCell } from "./cells.ts";
import type { Block, Run } from "./types.ts";

const header = ["AccountId", "Action", "Entry", "UserId", "EmailAddress", "Outcome", "ErrorCode", "Detail", "Timestamp"];

// report is CSV with a row for each entry; who has no outcome yet has none there.
export function report(run: Run, blocks: Block[]): Blob {
  const action = run.license && run.action === "update" ? `update ${run.license}` : run.action;
  const rows = blocks.flatMap(({ targets, outcomes }) =>
    targets.map(({ entry, userId, email }, i) => {
      const { kind, code, detail, time } = outcomes?.[i] ?? { kind: "", detail: "" };
      const when = time === undefined ? "" : new Date(time).toISOString();
      return [run.account.id, action, entry, userId ?? "", email ?? "", kind, code ?? "", detail, when].map(safeCell).join(",") + "\n";
    }),
  );
  return new Blob([header.join(",") + "\n", ...rows], { type: "text/csv;charset=utf-8" });
}
