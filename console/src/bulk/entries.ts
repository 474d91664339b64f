// Reads whom a list means, as `carillon bulk` does: internal/transfer/testdata/entries.json holds the two together.
import { plainCell } from "./cells.ts";

// maxEntries is how many people one run takes.
export const maxEntries = 100_000;

// maxBytes is how long a list may be.
export const maxBytes = 64 << 20;

export interface Entries {
  entries: string[];
  // repeated is how many were there again.
  repeated: number;
}

// BadList is why a list cannot be read, in words for people.
export class BadList extends Error {}

// decode reads a file's text.
export async function decode(file: Blob): Promise<string> {
  if (file.size > maxBytes) {
    throw new BadList(`The file is longer than ${maxBytes >> 20} MiB.`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    throw new BadList("The file is not UTF-8: save it as CSV (UTF-8) or as plain text.");
  }
}

// readEntries returns the entries of a list, each once. A list whose first line names a known column (or the given one) is
// CSV; any other is separated by new lines, commas, semicolons or tabs.
export function readEntries(text: string, column = ""): Entries {
  const seen = new Set<string>();
  const entries: string[] = [];
  let repeated = 0;
  for (const found of split(text.replace(/^\ufeff/, ""), column)) {
    const trimmed = found.trim();
    if (trimmed === "") {
      continue;
    }
    const entry = control.test(trimmed) ? trimmed.replace(/\p{Cc}/gu, "\ufffd") : trimmed;
    const key = isAddress(entry) ? addressKey(entry) : entry;
    if (seen.has(key)) {
      repeated++;
      continue;
    }
    if (seen.size === maxEntries) {
      throw new BadList(`There are more than ${maxEntries.toLocaleString("en")} entries: split the list.`);
    }
    seen.add(key);
    entries.push(entry);
  }
  return { entries, repeated };
}

const control = /\p{Cc}/u;

// isAddress says whether the server takes an entry for a mail address.
export function isAddress(entry: string): boolean {
  return entry.length <= 320 && !/[\s\p{Cc},;<>]/u.test(entry) && /^.[^]*?@.+\../.test(entry);
}

// addressKey is the same for two spellings of an address. That of domains in other scripts is left to the server.
function addressKey(address: string): string {
  return address.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function split(text: string, column: string): string[] {
  const end = text.indexOf("\n");
  const first = end < 0 ? text : text.slice(0, end);
  for (const separator of [",", ";", "\t"]) {
    const columns = knownColumns(parseCSV(first, separator)[0] ?? [], column);
    if (columns.length > 0) {
      return readColumns(parseCSV(text, separator), columns);
    }
  }
  if (column !== "") {
    throw new BadList(`The first line has no column "${column}".`);
  }
  return splitList(text);
}

// columnNames say who is meant, the most telling one first, as foldName leaves them.
const columnNames = ["entry", "userid", "emailaddress", "primaryemail", "email", "mail", "useremail"];

const foldName = (name: string) => name.replace(/[^\p{L}\p{Nd}]/gu, "").toLowerCase();

function knownColumns(header: string[], column: string): number[] {
  const folded = header.map(foldName);
  const names = column === "" ? columnNames : [foldName(column)];
  return names.map((name) => folded.indexOf(name)).filter((at) => at >= 0);
}

// readColumns returns, of each row but the header, the first cell in one of the columns that is not empty.
function readColumns([, ...rows]: string[][], columns: number[]): string[] {
  return rows.flatMap((row) => {
    const at = columns.find((at) => (row[at] ?? "").trim() !== "");
    return at === undefined ? [] : [plainCell(row[at]!)];
  });
}

// parseCSV reads rows as RFC 4180 has them, with any separator.
export function parseCSV(text: string, separator: string): string[][] {
  const rows: string[][] = [];
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"[^${separator}\n]*|([^${separator}\n]*))(${separator}|\r?\n|$)`, "y");
  for (let row: string[] = []; cell.lastIndex < text.length; ) {
    const match = cell.exec(text);
    if (!match) {
      break;
    }
    row.push(match[1] === undefined ? match[2]!.replace(/\r$/, "") : match[1].replaceAll('""', '"'));
    if (match[3] !== separator) {
      rows.push(row);
      row = [];
    } else if (cell.lastIndex === text.length) {
      rows.push([...row, ""]);
    }
  }
  return rows;
}

function splitList(text: string): string[] {
  const entries: string[] = [];
  for (const item of text.split(/[\r\n\t,;]+/)) {
    const from = item.lastIndexOf("<");
    const to = item.lastIndexOf(">");
    if (from >= 0 && to > from) {
      entries.push(item.slice(from + 1, to)); // a name is before the address
      continue;
    }
    const plain = item.replace(/^[ "]+|[ "]+$/g, "");
    const parts = plain.includes(" ") ? plain.split(/\s+/) : [plain];
    // An id may have a space in it, an address has none.
    entries.push(...(parts.every((part) => part.includes("@")) ? parts : [plain]));
  }
  return entries;
}
