import { existsSync } from 'node:fs';
import { hasPython, runPython } from './python.ts';

/** Whether Debian's Python and openpyxl are here. */
export const hasTableReaders = hasPython && existsSync('/usr/lib/python3/dist-packages/openpyxl');

/** A workbook as openpyxl reads it; dates as it writes them, and `types` of cells (`f` is a formula). */
export type Workbook = {
  sheet: string;
  frozen: string;
  widths: number[];
  rows: (string | number | null)[][];
  types: string[][];
  formats: string[];
};

/** Reads a file of CSV with Python's own reader. */
export function readWithPython(csv: Buffer): string[][] {
  return JSON.parse(
    runPython(
      `import csv, json, sys
print(json.dumps(list(csv.reader(open(sys.argv[1], encoding='utf-8', newline=''), strict=True))))`,
      'table.csv',
      csv,
    ),
  );
}

/** Reads a workbook with openpyxl. */
export function readWorkbook(xlsx: Buffer): Workbook {
  return JSON.parse(
    runPython(
      `import openpyxl, json, sys
book = openpyxl.load_workbook(sys.argv[1])
sheet = book.active
rows = list(sheet.iter_rows())
print(json.dumps({
  'sheet': sheet.title, 'frozen': sheet.freeze_panes,
  'widths': [sheet.column_dimensions[cell.column_letter].width for cell in rows[0]],
  'rows': [[str(c.value) if c.is_date else c.value for c in row] for row in rows],
  'types': [[c.data_type for c in row] for row in rows],
  'formats': [cell.number_format for cell in rows[-1]]}))`,
      'table.xlsx',
      xlsx,
    ),
  );
}
