import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { SessionClient } from '../../postgres/session-client.ts';

/** Runs work on a dedicated connection, and closes it. Rows come as PostgreSQL's driver returns them. */
export async function withSession<T>(
  url: string,
  purpose: string,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new SessionClient({
    connectionString: url,
    application_name: `trialbell ${purpose}`,
    connectionTimeoutMillis: 10_000,
  });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** The URL of another database on the same server. */
export function siblingUrl(url: string, name: string): string {
  const sibling = new URL(url);
  sibling.pathname = `/${name}`;
  return sibling.href;
}

/** The name of the database in a URL. */
export function databaseName(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}

/**
 * Whether anyone but this connection uses a database. A closed connection stays visible for a moment: only
 * those that remain for three seconds count.
 */
export async function isUsedByOthers(client: pg.Client, database: string): Promise<boolean> {
  for (let waitedMs = 0; waitedMs <= 3_000; waitedMs += 100) {
    // Within a transaction the statistics would not be refreshed.
    await client.query('select pg_stat_clear_snapshot()');
    const { rowCount } = await client.query(
      `select from pg_stat_activity
       where datname = $1 and pid <> pg_backend_pid() and backend_type = 'client backend'`,
      [database],
    );
    if (rowCount === 0) return false;
    await sleep(100);
  }
  return true;
}
