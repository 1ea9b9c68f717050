import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { inject } from 'vitest';
import { SessionClient } from '../../src/postgres/session-client.ts';
import { templateName } from './database-template.ts';

/** A migrated database for one test file. */
export type TestDatabase = {
  url: string;
  /** Throws if a connection is still open (a leak of the code under test), then drops the database. */
  drop(): Promise<void>;
};

/** Copies the migrated template, or with `empty` creates a database without tables. */
export async function createTestDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const { databaseUrl } = inject('servers');
  const name = `test_${randomBytes(8).toString('hex')}`;
  const template = options.empty ? 'template0' : templateName;
  const client = await maintenanceClient(databaseUrl);
  await client.query(`create database ${name} encoding 'UTF8' template ${template} strategy file_copy`);
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    async drop() {
      const left = await connectionsLeft(client, name);
      // Force only if clients are left: the server refuses it while its own processes clean up in the database.
      await client.query(`drop database if exists ${name}${left.length > 0 ? ' with (force)' : ''}`);
      if (left.length > 0) throw new Error(`${left.length} connections were left open: ${left.join(' | ')}`);
    },
  };
}

const clients = new Map<string, Promise<Client>>();

/**
 * This process's own connection to the server itself, kept as long as the server keeps it: to open one takes the server a
 * third of what it takes to copy the template.
 */
function maintenanceClient(databaseUrl: string): Promise<Client> {
  const kept = clients.get(databaseUrl);
  if (kept) return kept;
  const client = new SessionClient({ connectionString: databaseUrl });
  const forget = () => clients.delete(databaseUrl);
  client.once('end', forget);
  const opened = client.connect();
  clients.set(databaseUrl, opened);
  opened.catch(forget);
  return opened;
}

/** Connections end shortly after their client closes them; any left after two seconds is a leak. */
async function connectionsLeft(client: Client, database: string): Promise<string[]> {
  for (let tries = 0; ; tries += 1) {
    const { rows } = await client.query<{ what: string }>(
      `select application_name || ': ' || left(query, 80) as what from pg_stat_activity
       where datname = $1 and backend_type = 'client backend'`,
      [database],
    );
    if (rows.length === 0 || tries === 40) return rows.map((row) => row.what);
    await sleep(50);
  }
}
