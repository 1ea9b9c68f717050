import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  accessSync,
  appendFileSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  mkdtempSync,
  rmSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import type { Client } from 'pg';
import { startEmbedded } from '../../src/embedded-postgres/start.ts';
import { SessionClient } from '../../src/postgres/session-client.ts';

/** The servers of a test. With `redisUrl` null the queue runs on PostgreSQL. */
export type Servers = { databaseUrl: string; redisUrl: string | null };

/** A fresh server for the tests, on a free port of loopback. */
export type Started = { url: string; stop(): Promise<void> };

/** Debian's folder for the programs of PostgreSQL 15. */
export const debianBin = '/usr/lib/postgresql/15/bin';

/** Whether Debian's PostgreSQL 15 is installed. */
export const hasPostgres15 = existsSync(join(debianBin, 'postgres'));

/** The path of redis-server, or null if it is not installed. */
export const redisProgram = findProgram('redis-server');

/** The path of dovecot, Debian's IMAP server, or null if it is not installed. */
export const dovecotProgram = existsSync('/usr/lib/dovecot/imap') ? findProgram('dovecot') : null;

/** The path of a program, or null if it is not installed. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/bin', '/usr/sbin', '/usr/local/bin'];
  return folders.map((folder) => join(folder, name)).find((path) => isExecutable(path)) ?? null;
}

/** Starts the project's own PostgreSQL 18 with an empty data folder and without protection against power cuts. */
export async function startPostgres18(): Promise<Started> {
  const folder = makeFolder();
  // If this process is root, PostgreSQL runs as another user, who must be able to enter this folder.
  chmodSync(folder, 0o711);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const embedded = await startEmbedded({ dataDir: folder }).catch((error) => {
    remove();
    throw error;
  });
  const stop = async () => {
    await embedded.release();
    remove();
  };
  const superuser = new URL(embedded.url);
  superuser.username = 'postgres';
  superuser.pathname = '/postgres';
  await withClient(superuser.href, async (client) => {
    for (const name of ['fsync', 'synchronous_commit', 'full_page_writes']) {
      await client.query(`alter system set ${name} = off`);
    }
    await client.query('select pg_reload_conf()');
    // The password stays; to prove it at each of thousands of connections becomes cheap.
    await client.query(
      `set scram_iterations = 1; alter role trialbell password '${new URL(embedded.url).password}'`,
    );
  }).catch(async (error) => {
    await stop();
    throw error;
  });
  return { url: embedded.url, stop };
}

/**
 * Starts Debian's PostgreSQL 15 in the same way, if wanted with a role that sets everything otherwise (O1), open to other
 * hosts, or protected against power cuts. It runs as another user if this process is root, which PostgreSQL refuses.
 */
export async function startPostgres15({
  role = 'usual',
  address = '127.0.0.1',
  isSafe = false,
}: {
  role?: 'usual' | 'set otherwise';
  address?: string;
  isSafe?: boolean;
} = {}): Promise<Started> {
  const user = await findUnprivilegedUser();
  const folder = makeFolder();
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid ?? user.uid);
  const run = { ...user, cwd: folder, env: { PATH: '/usr/bin:/bin', TZ: 'UTC' } };
  const how = ['-U', 'trialbell', '-A', 'trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'];
  await promisify(execFile)(join(debianBin, 'initdb'), ['-D', 'data', ...how], run);
  appendFileSync(join(folder, 'data/pg_hba.conf'), `host all all ${address}/24 trust\n`);
  return startOnFreePort(folder, 'SIGQUIT', (port) => {
    const settings = {
      listen_addresses: address,
      port,
      unix_socket_directories: folder,
      max_connections: 200,
      ...(isSafe ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
      jit: 'off',
    };
    const set = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(join(debianBin, 'postgres'), ['-D', 'data', ...set], { ...run, stdio: 'ignore' });
    const url = `postgres://trialbell@${address}:${port}/postgres`;
    const roleSettings = role === 'usual' ? '' : setOtherwise;
    const check = () => withClient(url, (client) => client.query(roleSettings).then(() => {}));
    return { child, url, check };
  });
}

/** Whatever a role or a database can set otherwise than the program relies on. */
export const otherwise = {
  client_encoding: 'LATIN1',
  DateStyle: 'German, DMY',
  TimeZone: 'Asia/Kathmandu',
  timezone_abbreviations: 'India',
  IntervalStyle: 'sql_standard',
  search_path: 'nowhere',
  default_transaction_isolation: 'serializable',
  default_transaction_read_only: 'on',
  default_transaction_deferrable: 'on',
  bytea_output: 'escape',
  array_nulls: 'off',
  transform_null_equals: 'on',
  standard_conforming_strings: 'off',
  backslash_quote: 'off',
  extra_float_digits: '-10',
  gin_fuzzy_search_limit: '1',
  row_security: 'off',
  statement_timeout: '900ms',
  lock_timeout: '1ms',
  idle_session_timeout: '2s',
  idle_in_transaction_session_timeout: '1s',
};
const setOtherwise = Object.entries(otherwise)
  .map(([name, value]) => `alter role trialbell set ${name} = '${value}';`)
  .join('\n');

/** Starts an empty Redis with a numbered database for each test file. */
export async function startRedis(): Promise<Started> {
  const program = redisProgram;
  if (!program) throw new Error('this machine has no redis-server');
  const folder = makeFolder();
  return startOnFreePort(folder, 'SIGKILL', (port) => {
    const settings = {
      port,
      bind: '127.0.0.1',
      dir: folder,
      databases: 2_000,
      save: '',
      'maxmemory-policy': 'noeviction',
    };
    const set = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const child = spawn(program, set, { stdio: 'ignore' });
    const url = `redis://127.0.0.1:${port}`;
    const check = async () => {
      const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
      redis.on('error', () => {});
      await redis.connect().finally(() => redis.disconnect());
    };
    return { child, url, check };
  });
}

/** Runs a function with a connection, and closes it. */
export async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new SessionClient({ connectionString: url });
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** A currently free port on loopback. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A started server process, and a check that it answers. */
export type Attempt = { child: ChildProcess; url: string; check(): Promise<void> };

/** Starts a server. If another process takes the free port before the server binds it, tries another port. */
export async function startOnFreePort(
  folder: string,
  endSignal: NodeJS.Signals,
  start: (port: number) => Attempt,
): Promise<Started> {
  for (let attempts = 1; ; attempts += 1) {
    const { child, url, check } = start(await findFreePort());
    let isRunning = true;
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve()).once('error', () => resolve());
    }).then(() => {
      isRunning = false;
    });
    const end = async () => {
      if (isRunning) child.kill(endSignal);
      await ended;
    };
    const stop = async () => {
      await end();
      rmSync(folder, { recursive: true, force: true });
    };
    for (let tries = 0; tries < 300 && isRunning; tries += 1) {
      const fault = await check().catch((error: unknown) => error ?? 'away');
      if (!fault) return { url, stop };
      await sleep(100);
    }
    if (attempts === 3) {
      await stop();
      throw new Error(`${child.spawnfile} does not start`);
    }
    await end();
  }
}

/** The user for a server that refuses to run as root; nobody else if this process is not root. */
export async function findUnprivilegedUser(): Promise<{ uid?: number; gid?: number }> {
  if (userInfo().uid !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    const ask = (flag: string) => promisify(execFile)('id', [flag, name]);
    const answers = await Promise.all([ask('-u'), ask('-g')]).catch(() => null);
    if (answers) return { uid: Number(answers[0].stdout), gid: Number(answers[1].stdout) };
  }
  throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody');
}

/** Makes a folder for a server. */
export function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), 'trialbell-test-'));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
