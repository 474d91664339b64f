// Cells of CSV that no spreadsheet takes for formulas (OWASP, CSV injection). An apostrophe is put before what begins like
// one, also behind other apostrophes, so that it can be undone.

const formula = /^'*[=+\-@]/;

export function safeCell(text: string): string {
  const line = text.replace(/\p{Cc}/gu, "\ufffd");
  const safe = formula.test(line) ? "'" + line : line;
  return /[",]|^ /.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
}

export function plainCell(cell: string): string {
  return cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell;
}
