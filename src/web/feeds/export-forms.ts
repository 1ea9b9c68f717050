import { type ChangeRow, changeColumns } from '../../core/wording/change-rows.ts';
import { disarm, writeCsv } from '../http/csv.ts';

/** Pages of rows, which are made as they are read. */
export type RowPages = AsyncIterable<readonly ChangeRow[]>;

/** Writes rows as they come, and no faster than they are read. */
type RowWriter = (pages: RowPages) => AsyncIterable<string | Uint8Array>;

/** The forms of an export by the ending of their path: media type, and how the rows are written. */
export const exportForms = {
  csv: { type: 'text/csv; charset=utf-8; header=present', write: writeCsvPages },
  xlsx: { type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', write: writeXlsxPages },
  ndjson: { type: 'application/x-ndjson; charset=utf-8', write: writeNdjsonPages },
} as const satisfies Record<string, { type: string; write: RowWriter }>;
/** The name of a form. */
export type ExportForm = keyof typeof exportForms;
/** The names of all forms. */
export const exportFormNames = Object.keys(exportForms) as [ExportForm, ...ExportForm[]];

const widths: Partial<Record<keyof ChangeRow, number>> = {
  ...{ releasedAt: 17, trial: 18, title: 50, kind: 22, before: 24, after: 24, country: 18, city: 18 },
  ...{ site: 40, sentence: 70, link: 40, recordLink: 40, notice: 40 },
};
const usualWidth = 12;
/** The most that a cell of a spreadsheet holds. */
const longestCell = 32_767;

async function* writeCsvPages(pages: RowPages): AsyncIterable<string> {
  yield writeCsv([changeColumns]);
  for await (const rows of pages)
    yield writeCsv(rows.map((row) => changeColumns.map((name) => String(row[name] ?? ''))));
}

async function* writeNdjsonPages(pages: RowPages): AsyncIterable<string> {
  for await (const rows of pages) yield rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

/** A workbook with real dates (UTC), and a head that stays in view. The library is loaded with the first one. */
async function* writeXlsxPages(pages: RowPages): AsyncIterable<Uint8Array> {
  const { writeXlsxStream } = await import('hucre/xlsx');
  const columns = changeColumns.map((name) => ({
    header: name,
    width: widths[name] ?? usualWidth,
    ...(name === 'releasedAt' ? { numFmt: 'yyyy-mm-dd hh:mm' } : {}),
  }));
  yield* writeXlsxStream(toCells(pages), { name: 'Changes', columns, freezePane: { rows: 1 } });
}

async function* toCells(pages: RowPages): AsyncIterable<(string | number | Date | null)[]> {
  for await (const rows of pages)
    for (const row of rows)
      yield changeColumns.map((name) => {
        if (name === 'releasedAt') return new Date(row.releasedAt);
        const value = row[name];
        return typeof value === 'string' ? disarm(value).slice(0, longestCell) : value;
      });
}
