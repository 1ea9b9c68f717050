import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * The contents of postmaster.pid, which a running server writes into its data folder: process, folder, port
 * and state.
 */
export type PidFile = { pid: number; dataDir: string; port: number; status: string };

/** Reads postmaster.pid; null if it is absent or incomplete. */
export function readPidFile(data: string): PidFile | null {
  let lines: string[];
  try {
    lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw cause;
  }
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  return { pid, dataDir: lines[1] ?? '', port: Number(lines[3] ?? 0), status: (lines[7] ?? '').trim() };
}

/**
 * Whether the named process is alive, is PostgreSQL, and works on this very folder. Process ids are reused.
 */
export function isOurServer(file: PidFile, data: string): boolean {
  const name = commandOf(file.pid);
  if (name === null && isHidden(file.pid)) return isSamePath(file.dataDir, data);
  if (name !== 'postgres') return false;
  // A server's working directory is its data folder. That stays true when the folder is moved, and is false
  // for a copy.
  const here = statSync(data);
  try {
    const there = statSync(`/proc/${file.pid}/cwd`);
    return there.ino === here.ino && there.dev === here.dev;
  } catch (cause) {
    // No /proc, or root without the right to trace other processes (in a container): trust the file.
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT' && existsSync('/proc/self')) return false;
    return isSamePath(file.dataDir, data);
  }
}

/** Whether /proc hides a live process of this user: one in another user namespace, as systemd's sandboxes make. */
function isHidden(pid: number): boolean {
  if (!existsSync('/proc/self')) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function isSamePath(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}

function commandOf(pid: number): string | null {
  if (existsSync('/proc/self')) {
    try {
      return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
    } catch {
      return null;
    }
  }
  const ran = spawnSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' });
  return ran.status === 0 ? basename(ran.stdout.trim()) : null;
}
