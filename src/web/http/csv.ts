/**
 * A table as CSV (RFC 4180): CRLF, quoted where needed. Whatever a spreadsheet would run as a formula gets a quotation mark
 * before it (C16): at the start of a cell, and after what starts a new cell for one that splits at semicolons or tabs.
 */
export function writeCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(writeCell).join(',')}\r\n`).join('');
}

function writeCell(text: string): string {
  // A spreadsheet that splits at semicolons sees no quotation marks that begin in the middle of its cell.
  const inert = text.replace(/(?<=^|[;\t\r\n])(?=[\s\p{C}"]*[=+\-@|%＝＋－＠])/gu, "'");
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
