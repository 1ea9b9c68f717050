import { randomBytes, randomInt } from 'node:crypto';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TrialbellError } from '../errors.ts';
import type { Binaries } from './binaries.ts';
import { type OsUser, runCommand } from './command.ts';
import { explainFault, reasonIn, wayOut } from './faults.ts';
import { readIfThere } from './files.ts';
import { isOurServer, readPidFile } from './pidfile.ts';

/** A server's own folder (with `data` and `server.log`), its user and its programs. */
export type ServerPlace = { home: string; user: OsUser | null; binaries: Binaries };

/**
 * Creates an empty UTF-8 data folder with this password for the superuser `postgres`. If one exists, throws a
 * TrialbellError unless it is of this version.
 */
export async function makeData(place: ServerPlace, password: string): Promise<void> {
  const { home, user, binaries } = place;
  const data = join(home, 'data');
  if (existsSync(data)) return checkVersion(place);
  // A first start that was killed leaves a half-made folder.
  for (const name of await readdir(home)) {
    if (name.startsWith('new-')) rmSync(join(home, name), { recursive: true, force: true, maxRetries: 5 });
  }
  const aside = `new-${randomBytes(6).toString('hex')}`;
  const passwordFile = join(home, `${aside}.password`);
  try {
    writeFileSync(passwordFile, password, { mode: 0o600, flag: 'wx' });
    if (user) chownSync(passwordFile, user.uid, user.gid);
    const ran = await runCommand(
      join(binaries.folder, 'bin/initdb'),
      [
        ...['--pgdata', aside, '--username', 'postgres', '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
        // All are explicit: without LANG the encoding would be SQL_ASCII.
        ...['--encoding', 'UTF8', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
        ...Object.entries(firstSettings).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
      ],
      { user, cwd: home },
    );
    if (ran.code !== 0) throw ran.fault ?? new Error(reasonIn(ran.output));
    renameSync(join(home, aside), data);
  } catch (cause) {
    rmSync(join(home, aside), { recursive: true, force: true });
    throw explainFault(`The embedded database cannot be made in ${data}`, cause);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** Written once into postgresql.conf; a person may change them there. */
const firstSettings = {
  max_connections: '200',
  shared_buffers: '128MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Not /dev/shm: it is small in containers, and some systems clean it at logout.
  dynamic_shared_memory_type: 'mmap',
  log_checkpoints: 'off',
  // The log contains no rows and no statements: they would reveal what people follow.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
};

function checkVersion({ home, binaries }: ServerPlace): void {
  const data = join(home, 'data');
  const major = Number(readIfThere(join(data, 'PG_VERSION'))?.trim() ?? Number.NaN);
  if (major === binaries.major) return;
  throw new TrialbellError(
    Number.isNaN(major)
      ? `${data} is not a complete PostgreSQL data folder (PG_VERSION is missing): put its backup there, or move it away to begin with an empty database. ${wayOut}`
      : `The data in ${data} was made by PostgreSQL ${major}, and this Trialbell comes with PostgreSQL ${binaries.major}. ` +
          `Use the Trialbell that made it, or set DATA_DIR to another folder to begin with an empty database. ${wayOut}`,
  );
}

/** Starts the server, detached, on loopback, on `wantedPort` if that is free. Returns the port. */
export async function launchServer(place: ServerPlace, wantedPort: number | null): Promise<number> {
  const { home, user, binaries } = place;
  const log = join(home, 'server.log');
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) > 5_000_000) renameSync(log, `${log}.old`);
  let reason = '';
  for (let tries = 0; tries < 40; tries += 1) {
    const port = tries === 0 && wantedPort ? wantedPort : await findFreePort();
    const logged = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
    const ran = await runCommand(
      join(binaries.folder, 'bin/pg_ctl'),
      [
        ...['start', '--wait', '--timeout', '600', '--pgdata', 'data', '--log', 'server.log', '--options'],
        `-c port=${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`,
      ],
      // Relative names: pg_ctl passes them to a shell, and the folder's own path may contain any character.
      { user, cwd: home },
    );
    if (ran.code === 0) return port;
    const said = existsSync(log) ? readFileSync(log).subarray(logged).toString('utf8') : '';
    reason = ran.fault?.message ?? (reasonIn(said) || reasonIn(ran.output));
    if (/Address already in use|could not bind/i.test(said)) continue;
    // Child processes of a killed server need a moment to exit.
    if (!/shared memory block .* is still in use/i.test(said)) break;
    await sleep(500);
  }
  throw explainFault(`The embedded PostgreSQL does not start (its log is ${log})`, new Error(reason));
}

/** Stops this folder's server if one runs. Open transactions are rolled back, committed ones are kept. */
export async function stopServer({ home, user, binaries }: ServerPlace): Promise<void> {
  const data = join(home, 'data');
  for (const mode of ['fast', 'immediate']) {
    const running = readPidFile(data);
    if (!running || !isOurServer(running, data)) return;
    const args = ['stop', '--wait', '--timeout', '60', '--mode', mode, '--pgdata', 'data'];
    const ran = await runCommand(join(binaries.folder, 'bin/pg_ctl'), args, { user, cwd: home });
    // pg_ctl returns as soon as the file is gone; the process lives a moment longer and still has its port.
    for (let tries = 0; ran.code === 0 && tries < 500; tries += 1) {
      if (!isOurServer(running, data)) return;
      await sleep(20);
    }
  }
  const left = readPidFile(data);
  if (left && isOurServer(left, data)) {
    throw new TrialbellError(
      `The embedded PostgreSQL in ${data} does not stop: end process ${left.pid} by hand.`,
    );
  }
}

// Searches below the range of outgoing connections, so that the port is free again after a restart.
async function findFreePort(): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const port = randomInt(20_000, 32_000);
    if (await isFree(port)) return port;
  }
  throw new TrialbellError(`No free port was found on 127.0.0.1 for the embedded PostgreSQL. ${wayOut}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.on('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
