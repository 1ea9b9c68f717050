import { sql } from 'kysely';
import type { Db } from '../../src/db/connect.ts';
import { unpackJson } from '../../src/db/ingest/raw.ts';

/**
 * A whole database as text, one `table.column: value` per line. Binary columns show their bytes as text and in hex, and
 * compressed ones their contents, so that a search finds them.
 */
export async function dumpRows(db: Db): Promise<string[]> {
  const { rows: tables } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'public' order by 1`.execute(db);
  const lines: string[] = [];
  for (const { name } of tables) {
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(name)}`.execute(db);
    for (const row of rows) {
      for (const [column, value] of Object.entries(row)) {
        lines.push(`${name}.${column}: ${Buffer.isBuffer(value) ? readBytes(value) : JSON.stringify(value)}`);
      }
    }
  }
  return lines;
}

function readBytes(bytes: Buffer): string {
  try {
    return JSON.stringify(unpackJson(bytes));
  } catch {
    return `${bytes.toString('latin1')} ${bytes.toString('hex')}`;
  }
}
