import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A statement without what differs from run to run: white space, and how many values its lists hold. */
export function shapeOf(statement: string): string {
  return statement
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/\$\d+/g, '$')
    .replace(/\$(?:, ?\$)+/g, '$')
    .replace(/(\([^()]*\))(?:, ?\1)+/g, '$1');
}

/** The statements that were written to a folder, one of each shape, by shape and in its order. */
export function readStatements(folder: string): [shape: string, statement: string][] {
  const byShape = new Map<string, string>();
  for (const name of readdirSync(folder)) {
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean)) {
      const statement = JSON.parse(line) as string;
      const shape = shapeOf(statement);
      if (!byShape.has(shape)) byShape.set(shape, statement);
    }
  }
  return [...byShape].sort(([one], [other]) => (one < other ? -1 : 1));
}
