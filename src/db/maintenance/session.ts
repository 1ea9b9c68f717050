import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** One connection for one purpose, let go of whatever happens. Rows come as PostgreSQL's driver gives them. */
export async function withSession<T>(
  url: string,
  purpose: string,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: `trialbell ${purpose}`,
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** The address of another database on the same server. */
export function siblingUrl(url: string, name: string): string {
  const sibling = new URL(url);
  sibling.pathname = `/${name}`;
  return sibling.href;
}

/** The database an address names. */
export function databaseName(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}

/**
 * Whether anybody but this connection uses a database. One that was let go of is seen for a moment after its end: only
 * what stays for three seconds counts.
 */
export async function isUsedByOthers(client: pg.Client, database: string): Promise<boolean> {
  for (let waitedMs = 0; waitedMs <= 3_000; waitedMs += 100) {
    // A transaction would go on seeing what it saw first.
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
