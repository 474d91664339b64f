// Cells of CSV that no spreadsheet takes for formulas (OWASP, CSV injection). An apostrophe is put before what begins like
// one, also behind other apostrophes, so that it can be undone.

const formula = /^'*[=+\-@]/;

const control = /\p{Cc}/u;

export function safeCell(text: string): string {
  const line = control.test(text) ? text.replace(/\p{Cc}/gu, "\ufffd") : text;
  const safe = formula.test(line) ? "'" + line : line;
  return /[",]|^ /.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
}

export function plainCell(cell: string): string {
  return cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell;
}
