import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { plainCell, safeCell } from "./cells.ts";
import { decode, maxEntries, parseCSV, readEntries } from "./entries.ts";

interface Case {
  text: string;
  column?: string;
  want: string[];
  repeated: number;
}

test("lists are read as the command line reads them", () => {
  const cases = JSON.parse(readFileSync(new URL("../../../internal/transfer/testdata/entries.json", import.meta.url), "utf8")) as Case[];
  for (const { text, column, want, repeated } of cases) {
    assert.deepEqual(readEntries(text, column), { entries: want, repeated }, JSON.stringify(text));
  }
});

test("what is too long, of another encoding, or has no such column is refused", async () => {
  const many = Array.from({ length: maxEntries }, (_, i) => `u${i}\n`).join("");
  assert.equal(readEntries(many).entries.length, maxEntries);
  assert.throws(() => readEntries(many + "another"), /more than 100,000 entries/);
  assert.throws(() => readEntries("Name,Mail\nAda,a@b.c\n", "Address"), /no column "Address"/);
  const refused = await decode(new Blob([new Uint8Array([0xff, 0xfe, 0x61, 0])])).catch((error: Error) => error.message);
  assert.ok(/not UTF-8/.test(refused), refused);
  assert.equal(await decode(new Blob(["\ufeffada"])), "ada");
});

test("CSV is read as RFC 4180 has it", () => {
  assert.deepEqual(parseCSV('a,"b,""c""\nd",e\r\n,,\nlast,', ","), [["a", 'b,"c"\nd', "e"], ["", "", ""], ["last", ""]]);
  assert.deepEqual(parseCSV('1;"2;3"', ";"), [["1", "2;3"]]);
  assert.deepEqual(parseCSV("", ","), []);
});

test("no cell is a formula, and each can be read back", () => {
  for (const text of ["=cmd|' /C calc'!A0", "+1", "-1", "@sum", "'=odd", "'plain", 'a "quoted", one', " blank", "plain", ""]) {
    const cell = safeCell(text);
    assert.ok(!/^"?[=+\-@]/.test(cell), cell);
    assert.deepEqual(parseCSV(cell + ",end", ",").map(([first]) => plainCell(first!)), [text]);
  }
  assert.equal(safeCell("a\nb\u0000"), "a\ufffdb\ufffd");
});
