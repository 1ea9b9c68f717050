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
export function readStylesheet(ownColors: string): Promise<Buffer> {
  return joinParts(parts, ownColors);
}

/** The stylesheet with which a browser shows a feed. */
export function readFeedStylesheet(ownColors: string): Promise<Buffer> {
  return joinParts(['colors', 'feed'], ownColors);
}

/** Joins parts, of which the first are the colors. */
async function joinParts(names: readonly string[], ownColors: string): Promise<Buffer> {
  const [colors = '', ...rest] = await Promise.all(
    names.map((name) => readFile(join(folder, `${name}.css`), 'utf8')),
  );
  return Buffer.from([colors + ownColors, ...rest].join('\n'));
}
