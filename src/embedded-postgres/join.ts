import { randomBytes } from 'node:crypto';
import { readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { TrialbellError } from '../errors.ts';
import { runCommand } from './command.ts';
import { explainFault, wayOut } from './faults.ts';
import { readIfThere, writePrivateFile } from './files.ts';
import type { DataLocation } from './location.ts';
import { isOurServer, type PidFile, readPidFile } from './pidfile.ts';
import { launchServer, makeData, stopServer } from './server.ts';

/** A server that answers. */
export type RunningServer = { pid: number; port: number; password: string };

/**
 * Makes sure that the server runs and answers: joins a live one, else starts it, on its previous port if that
 * is free. Call it under the start lock. `othersInside`: other processes hold the users' lock.
 */
export async function ensureServer(place: DataLocation, othersInside: boolean): Promise<RunningServer> {
  const data = join(place.home, 'data');
  const server = readServerFile(place);
  if (othersInside && server && server.machine !== machineName()) {
    throw new TrialbellError(
      `The embedded database in ${data} is in use from another container. Give both one DATABASE_URL, or each its own DATA_DIR.`,
    );
  }
  const password = await settlePassword(place);
  await makeData(place, password);
  const joined = await joinServer(place, password);
  if (joined) return joined;
  const stale = readPidFile(data);
  // PostgreSQL recognizes the file of a dead process, but takes any live process with that number for a server.
  if (stale && isAlive(stale.pid)) rmSync(join(data, 'postmaster.pid'), { force: true });
  const port = await launchServer(place, server?.port ?? null);
  writePrivateFile(serverFile(place), JSON.stringify({ port, machine: machineName() } satisfies ServerFile));
  const started = await joinServer(place, password);
  if (!started)
    throw explainFault(`The embedded PostgreSQL in ${data} ended at once`, new Error('no process'));
  await makeDatabase(started);
  return started;
}

/** Whether the server that answered before is still running. */
export function isStillRunning(place: DataLocation, running: RunningServer): boolean {
  const file = readPidFile(join(place.home, 'data'));
  return file?.pid === running.pid && isOurServer(file, join(place.home, 'data'));
}

async function joinServer(place: DataLocation, password: string): Promise<RunningServer | null> {
  const data = join(place.home, 'data');
  let file: PidFile | null = null;
  for (let tries = 0; tries < 3000; tries += 1) {
    file = readPidFile(data);
    if (!file || !isOurServer(file, data)) return null;
    const answer = file.port > 0 ? await ask(file.port, password) : 'silent';
    if (answer === 'ready') return { pid: file.pid, port: file.port, password };
    if (answer === 'refused') {
      throw new TrialbellError(
        `The embedded PostgreSQL in ${data} does not take the password in ${passwordFile(place)}. Delete that file to have a new one made. ${wayOut}`,
      );
    }
    // It is shutting down, and would wait for its last client.
    if (answer === 'stopping') await stopServer(place);
    await sleep(100);
  }
  throw new TrialbellError(
    `The embedded PostgreSQL in ${data} (process ${file?.pid}) runs but does not answer. End that process, then try again. ${wayOut}`,
  );
}

type Answer = 'ready' | 'starting' | 'stopping' | 'refused' | 'silent';

async function ask(port: number, password: string): Promise<Answer> {
  const client = administer({ port, password });
  try {
    await client.connect();
    return 'ready';
  } catch (cause) {
    const { code, message } = cause as { code?: string; message: string };
    if (code === '57P03') return /shutting down/.test(message) ? 'stopping' : 'starting';
    if (code === '28P01') return 'refused';
    // All connections are taken, so the server is running.
    return code === '53300' ? 'ready' : 'silent';
  } finally {
    await client.end().catch(() => {});
  }
}

/** The role `trialbell` is not a superuser: an intruder from the web must not gain control of the machine. */
async function makeDatabase(running: RunningServer): Promise<void> {
  const client = administer(running);
  try {
    await client.connect();
    const found = await client.query(
      `select exists (select from pg_roles where rolname = 'trialbell') as role,
              exists (select from pg_database where datname = 'trialbell') as database`,
    );
    if (!found.rows[0].role) await client.query('create role trialbell login createdb');
    await client.query(`alter role trialbell password '${running.password}'`);
    if (!found.rows[0].database) await client.query('create database trialbell owner trialbell');
  } catch (cause) {
    throw explainFault('The embedded database cannot be set up', cause);
  } finally {
    await client.end().catch(() => {});
  }
}

function administer({ port, password }: { port: number; password: string }): pg.Client {
  const client = new pg.Client({
    ...{ host: '127.0.0.1', port, user: 'postgres', database: 'postgres', password },
    ...{ connectionTimeoutMillis: 5_000, application_name: 'trialbell start' },
  });
  client.on('error', () => {});
  return client;
}

const passwordFile = (place: DataLocation) => join(place.control, 'password');

/** Reads the password, or generates one. If the password of existing data is lost, sets a new one. */
async function settlePassword(place: DataLocation): Promise<string> {
  const known = readIfThere(passwordFile(place))?.trim();
  if (known) return known;
  const password = randomBytes(24).toString('base64url');
  if (readIfThere(join(place.home, 'data', 'PG_VERSION')) !== null) {
    await stopServer(place);
    const ran = await runCommand(
      join(place.binaries.folder, 'bin/postgres'),
      ['--single', '-D', 'data', 'postgres'],
      { user: place.user, cwd: place.home, input: `alter role postgres password '${password}'\n` },
    );
    if (ran.code !== 0) {
      throw explainFault(
        `${passwordFile(place)} is missing, and no new password can be set`,
        new Error(ran.output),
      );
    }
  }
  writePrivateFile(passwordFile(place), `${password}\n`);
  return password;
}

type ServerFile = { port: number; machine: string };

const serverFile = (place: DataLocation) => join(place.control, 'server.json');

function readServerFile(place: DataLocation): ServerFile | null {
  const text = readIfThere(serverFile(place));
  return text === null ? null : (JSON.parse(text) as ServerFile);
}

/**
 * Identifies the machine or container: two containers may share a folder, but cannot see each other's server.
 */
function machineName(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return 'one';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}
