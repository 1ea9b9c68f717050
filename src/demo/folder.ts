import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { makeFolder, makeLockFile } from '../embedded-postgres/files.ts';
import { isUnlocked, type Lock, lockAlone } from '../embedded-postgres/locks.ts';
import { type Embedded, startEmbedded } from '../embedded-postgres/start.ts';
import { TrialbellError } from '../errors.ts';

/** The demonstration's own folder, empty, with its database running. Always release it. */
export type DemoFolder = { dataDir: string; notice: string | null; release(): Promise<void> };

const lockName = 'demo.lock';
/** Kept between demonstrations: creating a database takes seconds, and its server may still run. */
const kept = [lockName, 'postgres'];

/**
 * Locks `.trialbell-demo` in `folder` for this process and empties it, including its database. Throws a TrialbellError
 * if another demonstration runs there, or if the folder or the database cannot be used.
 */
export async function openDemoFolder(folder: string): Promise<DemoFolder> {
  const dataDir = join(folder, '.trialbell-demo');
  const lock = await takeFolder(dataDir);
  let database: Embedded | null = null;
  try {
    for (const name of readdirSync(dataDir)) {
      if (!kept.includes(name)) rmSync(join(dataDir, name), { recursive: true, force: true });
    }
    database = await startEmbedded({ dataDir });
    await emptyDatabase(database.url);
  } catch (error) {
    await database?.release();
    lock.release();
    throw error;
  }
  const { notice, release } = database;
  return {
    dataDir,
    notice,
    async release() {
      await release();
      lock.release();
    },
  };
}

async function takeFolder(dataDir: string): Promise<Lock> {
  const file = join(dataDir, lockName);
  try {
    makeFolder(dataDir);
    makeLockFile(file);
  } catch (cause) {
    throw new TrialbellError(
      `The demonstration keeps its data in ${dataDir}, which cannot be created or written. Start it in a folder of your own.`,
      { cause },
    );
  }
  if (!isUnlocked(file)) {
    throw new TrialbellError(
      `A demonstration is already running in ${dataDir}. Stop it first (Ctrl-C), or start this one in another folder.`,
    );
  }
  return lockAlone(file, 1_000);
}

async function emptyDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ drop: string }>(
      `select format('drop schema %I cascade', nspname) as drop from pg_namespace
       where nspname <> 'information_schema' and nspname !~ '^pg_'`,
    );
    for (const { drop } of rows) await client.query(drop);
    await client.query('create schema public');
  } finally {
    await client.end();
  }
}
