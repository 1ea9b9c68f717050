import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CsvError, parse } from 'csv-parse';
import type { DecodeFault } from '../../../core/text/decode.ts';
import { normaliseText } from '../../../core/text/text.ts';
import { holdsAddress } from '../../../errors.ts';

/** Most lines in a list, without its header. */
export const bulkLinesAtMost = 50_000;
/** Most bytes in a list. */
export const listBytesAtMost = 10 * 1024 * 1024;
/** Most bytes in one line. An unclosed quotation mark makes a longer one. */
const lineBytesAtMost = 16 * 1024;
const chunkLength = 16 * 1024;
/** Lines to work on before yielding to other requests. */
export const linesAtOnce = 250;

/** Why a whole list cannot be read, and where the fault is. */
export type ListFault =
  | DecodeFault
  | { why: 'empty' | 'no-lines' | 'no-what' | 'too-many' | 'too-large' | 'two' | 'no-header' }
  | { why: 'quote' | 'long'; line: number }
  | { why: 'no-column' | 'column' | 'column-twice'; name: string };

/** A line of a list: where it begins in the file, its cells by column, and whether it has more cells than columns. */
export type ListRow<C extends string> = { line: number; cells: Record<C, string>; isTooLong: boolean };

/**
 * Reads a list with a header row, separated by commas, semicolons or tabs, whichever the header row has. Columns may
 * come in any order but must be known; cells are cleaned like registry text. One structural fault refuses the whole
 * list.
 */
export async function readList<C extends string>(
  typed: string,
  columns: readonly C[],
): Promise<{ rows: ListRow<C>[] } | { fault: ListFault }> {
  const text = typed.replace(/\r\n?/g, '\n');
  const head = /^\s*(.*)/.exec(text)?.[1] ?? '';
  if (head === '') return { fault: { why: 'empty' } };
  const rows: ListRow<C>[] = [];
  let names: C[] | null = null;
  const { records, last } = parseText(text, findSeparator(head));
  try {
    for await (const { record, info } of records) {
      const cells = record.map(normaliseText);
      if (cells.every((cell) => cell === '')) continue;
      if (names === null) {
        const read = readHeader(cells, columns);
        if ('fault' in read) return read;
        names = read.names;
        continue;
      }
      if (rows.length === bulkLinesAtMost) return { fault: { why: 'too-many' } };
      // Yield to other requests.
      if (rows.length % linesAtOnce === 0) await nextTurn();
      rows.push(toRow(names, columns, record, cells, info.lines));
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // The parser reports an unclosed quotation mark at the end; it begins on the line after the last record.
    const isOpen = error.code === 'CSV_QUOTE_NOT_CLOSED' || error.code === 'CSV_MAX_RECORD_SIZE';
    const line = isOpen || typeof error.lines !== 'number' ? nextLine(text, last.line) : error.lines;
    return { fault: { why: error.code === 'CSV_MAX_RECORD_SIZE' ? 'long' : 'quote', line } };
  }
  return rows.length === 0 ? { fault: { why: 'no-lines' } } : { rows };
}

/** The first line that is not empty after `readLines` lines. */
function nextLine(text: string, readLines: number): number {
  const next = text.split('\n').findIndex((line, at) => at >= readLines && line.trim() !== '');
  return next + 1;
}

function parseText(
  text: string,
  delimiter: string,
): { records: AsyncIterable<{ record: string[]; info: { lines: number } }>; last: { line: number } } {
  // The line of the last record: if a fault follows, the stream does not deliver that record.
  const last = { line: 0 };
  const pieces = function* () {
    for (let at = 0; at < text.length; at += chunkLength) yield text.slice(at, at + chunkLength);
  };
  const parser = parse({
    delimiter,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: lineBytesAtMost,
    on_record: (record: string[], { lines }) => {
      last.line = lines;
      return record;
    },
  });
  return { records: Readable.from(pieces()).pipe(parser), last };
}

/** The most frequent separator in the header row. */
function findSeparator(head: string): string {
  const counts = [',', ';', '\t'].map((sign) => ({ sign, count: head.split(sign).length }));
  return counts.reduce((best, one) => (one.count > best.count ? one : best)).sign;
}

function readHeader<C extends string>(
  cells: readonly string[],
  columns: readonly C[],
): { names: C[] } | { fault: ListFault } {
  const names: C[] = [];
  for (const cell of cells) {
    const name = columns.find((one) => one === cell.toLowerCase());
    // The list has no header row: its first line is a person.
    if (holdsAddress(cell)) return { fault: { why: 'no-header' } };
    if (name === undefined) return { fault: { why: 'column', name: cell.slice(0, 60) } };
    if (names.includes(name)) return { fault: { why: 'column-twice', name } };
    names.push(name);
  }
  const isIn = (name: string) => names.some((one) => one === name);
  if (!isIn('email')) return { fault: { why: 'no-column', name: 'email' } };
  const namesSomething = isIn('trial') || isIn('condition');
  if (columns.some((one) => one === 'trial') && !namesSomething) return { fault: { why: 'no-what' } };
  return { names };
}

function toRow<C extends string>(
  names: readonly C[],
  columns: readonly C[],
  record: readonly string[],
  cells: readonly string[],
  endLine: number,
): ListRow<C> {
  const breaks = record.reduce((sum, cell) => sum + (cell.split('\n').length - 1), 0);
  const byName = Object.fromEntries(columns.map((name) => [name, ''])) as Record<C, string>;
  for (const [at, name] of names.entries()) byName[name] = cells[at] ?? '';
  return {
    line: endLine - breaks,
    cells: byName,
    isTooLong: cells.slice(names.length).some((cell) => cell !== ''),
  };
}
