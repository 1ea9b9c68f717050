import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Client, escapeIdentifier } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { messageOf, TrialbellError } from '../../errors.ts';
import { copyTarget, listTables, readIdentities } from './backup.ts';
import { type BackupEnd, type BackupHeader, type BackupPart, readBackupFile } from './backup-file.ts';
import { migrateDatabase, migrationNames } from './migrate.ts';
import { databaseName, isUsedByOthers, siblingUrl, withSession } from './session.ts';

/**
 * Ids assigned after the backup appear in mails that were sent: a later id must never refer to another
 * person.
 */
const idsLeftOut = 1_000_000_000;

/** The contents of a restored database. */
export type Restored = { madeAt: string; rows: Record<string, number>; owed: number };

/**
 * Replaces a database with a backup, completely or not at all. Loads it into a second database, migrates that
 * to the newest schema, and swaps the two names in one transaction. Calls `fitKey` with the backup's header
 * first, and the function that it returns just before the swap. Throws a TrialbellError, and changes nothing,
 * if the file is damaged or newer than this program, if the database is in use, or if it is not empty and
 * `replace` is not set.
 */
export async function restoreBackup(
  databaseUrl: string,
  file: string,
  options: { replace: boolean; fitKey: (header: BackupHeader) => () => void },
): Promise<Restored> {
  const name = databaseName(databaseUrl);
  const beside = `${name}_restoring`;
  const parts = readBackupFile(file);
  try {
    const first = await parts.next();
    if (first.done || first.value.kind !== 'header')
      throw new TrialbellError(`${file} is not a backup of Trialbell.`);
    const { header } = first.value;
    refuseOtherSchema(header);
    const keepKey = options.fitKey(header);
    return await withSession(siblingUrl(databaseUrl, 'postgres'), 'restore', async (admin) => {
      await refuseUsed(admin, name);
      if (!options.replace) await refuseFilled(databaseUrl);
      const drop = () => admin.query(`drop database if exists ${escapeIdentifier(beside)}`);
      await drop();
      await admin.query(`create database ${escapeIdentifier(beside)} encoding 'UTF8' template template0`);
      try {
        const restored = await load(siblingUrl(databaseUrl, beside), file, header, parts);
        keepKey();
        await changeNames(admin, name, beside);
        return restored;
      } finally {
        await drop();
      }
    });
  } finally {
    await parts.return(undefined);
  }
}

/** A backup with an older schema is migrated; one with a newer schema cannot be understood (R11). */
function refuseOtherSchema(header: BackupHeader): void {
  const unknown = header.migrations.filter((name, at) => migrationNames[at] !== name);
  if (unknown.length === 0) return;
  throw new TrialbellError(
    `This backup was made by a newer Trialbell (${header.program}; it has ${unknown.join(', ')}). Restore it with that version, or a newer one.`,
  );
}

async function refuseUsed(admin: Client, name: string): Promise<void> {
  if (!(await isUsedByOthers(admin, name))) return;
  throw new TrialbellError('Other processes of Trialbell use the database. Stop them all, then restore.');
}

async function refuseFilled(databaseUrl: string): Promise<void> {
  await withSession(databaseUrl, 'restore', async (client) => {
    const { rows: found } = await client.query(`select to_regclass('public.subscribers') as table`);
    if (found[0]?.table === null) return;
    const { rows } = await client.query<{ trials: number; people: number; runs: number }>(
      `select (select count(*)::int from trials) as trials, (select count(*)::int from subscribers) as people,
         (select count(*)::int from runs) as runs`,
    );
    const { trials = 0, people = 0, runs = 0 } = rows[0] ?? {};
    if (trials + people + runs === 0) return;
    throw new TrialbellError(
      `The database is not empty: it holds ${trials} trials and ${people} subscribers. With --replace, the backup replaces all of it.`,
    );
  });
}

async function load(
  url: string,
  file: string,
  header: BackupHeader,
  parts: AsyncIterator<BackupPart>,
): Promise<Restored> {
  await migrateDatabase(url, header.migrations.at(-1));
  const rows = await withSession(url, 'restore', async (client) => {
    await client.query('begin');
    const known = await listTables(client);
    const names = known.map((table) => `public.${escapeIdentifier(table.name)}`);
    await client.query(`truncate ${names.join(', ')}`);
    try {
      const end = await copyTables(client, parts);
      await skipIds(client, end.identities);
      await client.query('commit');
      return end.rows;
    } catch (cause) {
      // Rows that PostgreSQL refuses are not the ones that it wrote.
      if (!/^2[23]|^42/.test(String((cause as { code?: unknown }).code))) throw cause;
      throw new TrialbellError(`${file} is damaged: ${messageOf(cause)}`, { cause });
    }
  });
  await migrateDatabase(url);
  const owed = await withSession(url, 'restore', async (client) => {
    const settled = await settleRestored(client, header.madeAt, `Restored from a backup of ${header.madeAt}`);
    await client.query('analyze');
    return settled;
  });
  return { madeAt: header.madeAt, rows, owed };
}

async function copyTables(client: Client, parts: AsyncIterator<BackupPart>): Promise<BackupEnd> {
  const counted: Record<string, number> = {};
  let next = await parts.next();
  async function* rows() {
    for (next = await parts.next(); !next.done && next.value.kind === 'rows'; next = await parts.next())
      yield next.value.rows;
  }
  while (!next.done && next.value.kind === 'table') {
    const { table } = next.value;
    const copy = client.query(copyFrom(`copy ${copyTarget(table)} from stdin`));
    await pipeline(Readable.from(rows()), copy);
    counted[table.name] = copy.rowCount;
  }
  if (next.done || next.value.kind !== 'end')
    throw new TrialbellError('The parts of the backup are out of order.');
  const { end } = next.value;
  for (const [name, count] of Object.entries(end.rows)) {
    if (counted[name] !== count)
      throw new TrialbellError(`The backup says ${count} rows of ${name}, and has ${counted[name] ?? 0}.`);
  }
  return end;
}

async function skipIds(client: Client, identities: BackupEnd['identities']): Promise<void> {
  for (const { table, column, last } of identities) {
    await client.query('select setval(pg_get_serial_sequence($1, $2), $3)', [
      `public.${escapeIdentifier(table)}`,
      column,
      last + idsLeftOut,
    ]);
  }
}

/**
 * Mails owed at the time of the backup may have been sent since (L10): they are sent again, and the ledger
 * says so; alarms of that time are not, nor reports of lists that were not promised whole. Returns the number of mails.
 */
async function settleRestored(client: Client, at: string, because: string): Promise<number> {
  await client.query(
    `update deliveries set phase = 'cancelled', finished_at = $1, reply = $2
     where kind = 'alert' and phase in ('planned', 'claimed', 'body', 'retry', 'ambiguous') and not settled`,
    [at, because],
  );
  await client.query(
    `update list_reports set cancelled_at = $1, cancelled_by = 'admin'
     where due_at <= $1 and promised_at is null and cancelled_at is null`,
    [at],
  );
  const { rowCount } = await client.query(
    `update deliveries set was_ambiguous = true, lease_until = null,
       phase = case phase when 'claimed' then 'planned' when 'body' then 'ambiguous' else phase end,
       settled = settled and phase <> 'body', reply = $1 || ': it may have been sent since'
     where phase in ('planned', 'claimed', 'body', 'retry') or (phase = 'ambiguous' and not settled)`,
    [because],
  );
  return rowCount ?? 0;
}

/**
 * Does the same for a database that other tools restored. Call it once, before anything else uses the
 * database.
 */
export async function adoptRestoredElsewhere(databaseUrl: string, now: string): Promise<number> {
  return withSession(databaseUrl, 'restore', async (client) => {
    await client.query('begin');
    await skipIds(client, await readIdentities(client));
    const owed = await settleRestored(client, now, `Restored from a backup before ${now}`);
    await client.query('commit');
    return owed;
  });
}

async function changeNames(admin: Client, name: string, beside: string): Promise<void> {
  const [old, fresh, away] = [name, beside, `${name}_replaced`].map((one) => escapeIdentifier(one));
  await admin.query(`drop database if exists ${away}`);
  try {
    await admin.query('begin');
    await admin.query(`alter database ${old} rename to ${away}`);
    await admin.query(`alter database ${fresh} rename to ${old}`);
    await admin.query('commit');
  } catch (cause) {
    await admin.query('rollback');
    if ((cause as { code?: unknown }).code !== '55006') throw cause;
    await refuseUsed(admin, name);
    throw cause;
  }
  await admin.query(`drop database ${away}`);
}
