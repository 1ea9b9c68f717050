import { sql } from 'kysely';
import type { Db } from '../../src/db/connect.ts';
import { unpackJson } from '../../src/db/ingest/raw.ts';
import { loadRaws } from '../../src/db/ingest/trials.ts';
import { unpackText } from '../../src/db/packing.ts';
import { type StoredVersion, storedVersion, trialIn } from '../../src/db/stored-trial.ts';

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
  return [...lines, ...(await readPacked(db))];
}

function readBytes(bytes: Buffer): string {
  for (const read of [unpackJson, (packed: Buffer) => JSON.parse(unpackText(packed).toString())]) {
    try {
      return JSON.stringify(read(bytes));
    } catch {}
  }
  return `${bytes.toString('latin1')} ${bytes.toString('hex')}`;
}

/** What is packed with a version of its trial. */
async function readPacked(db: Db): Promise<string[]> {
  const { rows: versions } = await sql<StoredVersion>`select ${storedVersion} from trial_versions v`.execute(
    db,
  );
  const trials = await db.selectFrom('trials').select('id').where('raw_version', 'is not', null).execute();
  const raws = await loadRaws(
    db,
    trials.map(({ id }) => id),
  );
  return [
    ...versions.map((row) => `trial_versions.packed: ${JSON.stringify(trialIn(row))}`),
    ...[...raws.values()].map(({ raw }) => `trials.raw: ${JSON.stringify(raw)}`),
  ];
}
