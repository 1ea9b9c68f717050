import type { Client } from 'pg';
import { escapeIdentifier } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { type BackupEnd, type BackupPart, type BackupTable, writeBackupFile } from './backup-file.ts';
import { migrationNames } from './migrate.ts';
import { withSession } from './session.ts';

/** Tables that a backup leaves out: short-lived state of processes, and the migrations' own records. */
const leftOut = ['leases', 'kysely_migration', 'kysely_migration_lock'];

/** The contents of a backup, in rows per table. */
export type BackupFigures = Record<string, number>;

/**
 * Writes every table of a database, as of one instant, into one file that only its owner can read. The
 * program may run meanwhile. Leaves out the queue's tables: its jobs are enqueued again from the rows. Memory
 * use is constant.
 */
export async function backUp(
  databaseUrl: string,
  file: string,
  about: { program: string; madeAt: string; keyFingerprint: string; key: string | null },
): Promise<BackupFigures> {
  return withSession(databaseUrl, 'backup', async (client) => {
    await client.query('begin isolation level repeatable read, read only');
    const rows: BackupFigures = {};
    await writeBackupFile(file, readTables(client, about, rows));
    await client.query('commit');
    return rows;
  });
}

async function* readTables(
  client: Client,
  about: Parameters<typeof backUp>[2],
  rows: BackupFigures,
): AsyncGenerator<BackupPart> {
  const migrations = [...migrationNames];
  yield { kind: 'header', header: { format: 'trialbell-backup-1', ...about, migrations } };
  for (const table of await listTables(client)) {
    yield { kind: 'table', table };
    const copy = client.query(copyTo(`copy ${copyTarget(table)} to stdout`));
    for await (const chunk of copy) yield { kind: 'rows', rows: chunk };
    rows[table.name] = copy.rowCount;
  }
  yield { kind: 'end', end: { rows, identities: await readIdentities(client) } };
}

/** A table with its columns in COPY's syntax. */
export function copyTarget({ name, columns }: BackupTable): string {
  return `public.${escapeIdentifier(name)} (${columns.map((column) => escapeIdentifier(column)).join(', ')})`;
}

/** The tables of this program, each after those it refers to. */
export async function listTables(client: Client): Promise<BackupTable[]> {
  const { rows } = await client.query<BackupTable & { refers: string[] }>(
    `select c.relname as name,
       array(select a.attname::text from pg_attribute a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum) as columns,
       array(select f.confrelid::regclass::text from pg_constraint f
         where f.conrelid = c.oid and f.contype = 'f' and f.confrelid <> c.oid) as refers
     from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and not c.relname = any($1)
     order by 1`,
    [leftOut],
  );
  const ordered: BackupTable[] = [];
  while (ordered.length < rows.length) {
    const isDone = (name: string) => ordered.some((table) => table.name === name);
    const next = rows.filter(({ name, refers }) => !isDone(name) && refers.every(isDone));
    if (next.length === 0) throw new Error('the tables refer to each other in a circle');
    ordered.push(...next.map(({ name, columns }) => ({ name, columns })));
  }
  return ordered;
}

/**
 * The last id that each table assigned. Read after the rows: it may be too high if ids were assigned meanwhile, but
 * never too low.
 */
export async function readIdentities(client: Client): Promise<BackupEnd['identities']> {
  const { rows } = await client.query<{ table: string; column: string; sequence: string }>(
    `select c.relname as table, a.attname as column, pg_get_serial_sequence(c.oid::regclass::text, a.attname) as sequence
     from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relnamespace = 'public'::regnamespace and a.attidentity <> '' order by 1, 2`,
  );
  const identities: BackupEnd['identities'] = [];
  for (const { table, column, sequence } of rows) {
    const { rows: values } = await client.query<{ last: string }>(
      `select last_value as last from ${sequence}`,
    );
    identities.push({ table, column, last: Number(values[0]?.last ?? 0) });
  }
  return identities;
}
