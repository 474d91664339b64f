// The report of a run, as `carillon bulk --report` writes it.
import { safeCell } from "./cells.ts";
import type { Block, Run } from "./types.ts";

const header = ["AccountId", "Action", "Entry", "UserId", "EmailAddress", "Outcome", "ErrorCode", "Detail", "Timestamp"];

// blocksAtOnce is how many blocks are read and written before the page may breathe.
const blocksAtOnce = 100;

// report is CSV with a row for each entry; who has no outcome yet has none there. read returns some blocks of the run.
export async function report(run: Run, read: (from: number, to: number) => Promise<Block[]>): Promise<Blob> {
  const parts = [header.join(",") + "\n"];
  for (let from = 0; from < run.blocks; from += blocksAtOnce) {
    const blocks = await read(from, from + blocksAtOnce);
    parts.push(blocks.map((block) => rowsOf(run, block)).join(""));
  }
  return new Blob(parts, { type: "text/csv;charset=utf-8" });
}

function rowsOf(run: Run, { targets, outcomes }: Block): string {
  const action = run.license && run.action === "update" ? `update ${run.license}` : run.action;
  const rows = targets.map(({ entry, userId, email }, i) => {
    const { kind, code, detail, time } = outcomes?.[i] ?? { kind: "", detail: "" };
    const when = time === undefined ? "" : new Date(time).toISOString();
    return [run.account.id, action, entry, userId ?? "", email ?? "", kind, code ?? "", detail, when].map(safeCell).join(",") + "\n";
  });
  return rows.join("");
}
