import { execFile, spawn } from 'node:child_process';
import { chownSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { debianBin, findUnprivilegedUser, makeFolder, type Started, startOnFreePort } from './servers.ts';

/** A standby of PostgreSQL 15. */
export type Standby = Started & {
  /** Makes it a primary of its own. */
  promote(): Promise<unknown>;
};

/** Starts a standby that streams from a server of `startPostgres15`, which from then on waits for it at each commit. */
export async function startStandby(primaryUrl: string): Promise<Standby> {
  const user = await findUnprivilegedUser();
  const folder = makeFolder();
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid ?? user.uid);
  const run = { ...user, cwd: folder, env: { PATH: '/usr/bin:/bin', TZ: 'UTC' } };
  const copy = ['-d', primaryUrl, '-D', 'data', '-R', '--checkpoint=fast', '--no-sync'];
  await promisify(execFile)(join(debianBin, 'pg_basebackup'), copy, run);
  const started = await startOnFreePort(folder, 'SIGQUIT', (port) => {
    const set = [
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'max_connections=200',
      'fsync=off',
    ];
    const given = [`port=${port}`, ...set].flatMap((one) => ['-c', one]);
    const child = spawn(join(debianBin, 'postgres'), ['-D', 'data', ...given], { ...run, stdio: 'ignore' });
    const url = new URL(primaryUrl);
    url.port = String(port);
    return { child, url: url.href, check: () => ask(url.href, 'select 1') };
  });
  await ask(
    primaryUrl,
    `alter system set synchronous_standby_names = '*'`,
    `alter role current_user set synchronous_commit = 'on'`,
    'select pg_reload_conf()',
  );
  return { ...started, promote: () => ask(started.url, 'select pg_promote()') };
}

/** The program's own connections refuse a standby. */
async function ask(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  try {
    await client.connect();
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end().catch(() => {});
  }
}
