/** A table as CSV (RFC 4180) with CRLF and quotes where needed, in which nothing runs as a formula. */
export function writeCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(writeCell).join(',')}\r\n`).join('');
}

/** What a spreadsheet would run as a formula, if it begins a cell. */
const formulaAhead = String.raw`[\s\p{C}"]*[=+\-@|%＝＋－＠]`;
const formula = new RegExp(`(?<=^|[;\\t\\r\\n])(?=${formulaAhead})`, 'gu');
const disarmed = new RegExp(`(?<=^|[;\\t\\r\\n])'(?=${formulaAhead})`, 'gu');

/**
 * An apostrophe disarms everything that a spreadsheet would run as a formula (C16): at the start of a cell, and after a
 * semicolon or tab, where some spreadsheets start a new cell.
 */
export function disarm(text: string): string {
  // A spreadsheet that splits at semicolons ignores quotation marks that begin inside its cell.
  return text.replace(formula, "'");
}

/** A cell as it was before it was disarmed. */
export function rearm(written: string): string {
  return written.replace(disarmed, '');
}

function writeCell(text: string): string {
  const inert = disarm(text);
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
