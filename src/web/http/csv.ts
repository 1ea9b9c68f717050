/** A table as CSV (RFC 4180) with CRLF and quotes where needed, in which nothing runs as a formula. */
export function writeCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(writeCell).join(',')}\r\n`).join('');
}

/**
 * An apostrophe disarms everything that a spreadsheet would run as a formula (C16): at the start of a cell, and after a
 * semicolon or tab, where some spreadsheets start a new cell.
 */
export function disarm(text: string): string {
  // A spreadsheet that splits at semicolons ignores quotation marks that begin inside its cell.
  return text.replace(/(?<=^|[;\t\r\n])(?=[\s\p{C}"]*[=+\-@|%＝＋－＠])/gu, "'");
}

function writeCell(text: string): string {
  const inert = disarm(text);
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
