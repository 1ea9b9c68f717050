import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../../templates/styles');

/** The parts of the stylesheet in the order in which they are read: of two equal rules, the later one holds. */
const parts = [
  'colors',
  'base',
  'frame',
  'boxes',
  'forms',
  'status',
  'change',
  'rows',
  'tables',
  'time',
  'search',
  'home',
  'manage',
  'admin',
  'print',
] as const;

/** The one stylesheet of all pages, with an operator's own colors (CSS rules, or empty) after the built-in ones. */
export async function readStylesheet(ownColors: string): Promise<Buffer> {
  const [colors = '', ...rest] = await Promise.all(
    parts.map((part) => readFile(join(folder, `${part}.css`), 'utf8')),
  );
  return Buffer.from([colors + ownColors, ...rest].join('\n'));
}
