import { readdirSync } from 'node:fs';
import fs from 'node:fs/promises';
import path, { join, parse } from 'node:path';
import { sql } from 'kysely';
import { FileMigrationProvider, Migrator } from 'kysely/migration';
import { messageOf, TrialbellError } from '../../errors.ts';
import { schemaOf } from '../../postgres/database-url.ts';
import { insufficientPrivilege, sayMissingRight } from '../../postgres/rights.ts';
import { SessionClient } from '../../postgres/session-client.ts';
import { connect, type Db } from '../connect.ts';

/** The migrations, a file each. Released ones are never edited. */
const folder = join(import.meta.dirname, '../migrations');

/** The names of all migrations, oldest first, which identify the schema. */
export const migrationNames: readonly string[] = readdirSync(folder)
  .filter((file) => /\.[jt]s$/.test(file) && !file.endsWith('.d.ts'))
  .map((file) => parse(file).name)
  .sort();

/**
 * Migrates a database to the newest schema, or to the migration `upTo`. Several processes may call it at
 * once. Throws a TrialbellError if the schema is newer than this program, or if a migration fails, which is
 * then rolled back.
 */
export async function migrateDatabase(url: string, upTo?: string): Promise<void> {
  const db = connect(url, { max: 2 });
  try {
    await refuseNewerSchema(db);
    const migrator = new Migrator({
      db,
      provider: new FileMigrationProvider({ fs, path, migrationFolder: folder }),
      migrationTableSchema: await readSchema(db, url),
    });
    const { error } = await (upTo === undefined ? migrator.migrateToLatest() : migrator.migrateTo(upTo));
    if (error) {
      const fault = `The database could not be brought to the newest schema: ${messageOf(error)}`;
      throw isMissingRight(error) ? error : new TrialbellError(fault, { cause: error });
    }
  } catch (error) {
    if (!isMissingRight(error)) throw error;
    throw new TrialbellError(await sayRights(url), { cause: error });
  } finally {
    await db.destroy();
  }
}

const isMissingRight = (error: unknown) => (error as { code?: string }).code === insufficientPrivilege;

async function sayRights(url: string): Promise<string> {
  const client = new SessionClient({ connectionString: url });
  try {
    await client.connect();
    return await sayMissingRight(client, schemaOf(url) ?? 'public');
  } finally {
    await client.end();
  }
}

/** Throws a TrialbellError if the database has migrations that this program does not know (R11). */
export async function refuseNewerSchema(db: Db): Promise<void> {
  const applied = await appliedMigrations(db);
  if (applied.length > 0 && !applied.includes('001-first'))
    throw new TrialbellError(
      `These tables are another program's (its migrations are ${applied.slice(0, 3).join(', ')}). Give Trialbell a schema of its own: add ?schema=trialbell to DATABASE_URL.`,
    );
  const unknown = applied.filter((name) => !migrationNames.includes(name));
  if (unknown.length > 0) {
    throw new TrialbellError(
      `The database was made by a newer Trialbell (it has ${unknown.join(', ')}). Start that version, or a newer one.`,
    );
  }
}

/** Whether every migration has been applied. */
export async function isMigrated(db: Db): Promise<boolean> {
  const applied = await appliedMigrations(db);
  return migrationNames.every((name) => applied.includes(name));
}

/** The schema of the program's tables. Another program may have tables of the same names in its own. */
async function readSchema(db: Db, url: string): Promise<string> {
  const named = schemaOf(url);
  if (named !== null) return named;
  const { rows } = await sql<{ schema: string | null }>`select current_schema() as schema`.execute(db);
  return rows[0]?.schema ?? 'public';
}

async function appliedMigrations(db: Db): Promise<string[]> {
  const { rows: found } = await sql<{
    table: string | null;
  }>`select to_regclass('kysely_migration')::text as table`.execute(db);
  if (!found[0]?.table) return [];
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return rows.map((row) => row.name);
}
