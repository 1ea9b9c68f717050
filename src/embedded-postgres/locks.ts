import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { TrialbellError } from '../errors.ts';
import { explainFault, wayOut } from './faults.ts';

/** A file lock held by the kernel. It ends with the process, however the process ends. */
export type Lock = { release(): void };

// SQLite holds the locks: plain Node has no other way to the kernel's file locks. Its bookkeeping survives
// several locks on one file in one process, but any other open and close of these files in this process would
// drop the locks.
const held = new Set<DatabaseSync>();
const busy = 5;

/**
 * Takes an exclusive lock. Waits up to `waitMs`, and calls `onWait` once if it has to wait. Throws a
 * TrialbellError on failure.
 */
export async function lockAlone(file: string, waitMs: number, onWait?: () => void): Promise<Lock> {
  const end = performance.now() + waitMs;
  for (let tries = 0; ; tries += 1) {
    const lock = tryLockAlone(file);
    if (lock) return lock;
    if (tries === 40) onWait?.();
    if (performance.now() > end) {
      throw new TrialbellError(
        `Another Trialbell process has held ${file} for ${Math.round(waitMs / 1000)} seconds: it is starting or stopping the ` +
          `database. Wait for it, or end it, then try again. ${wayOut}`,
      );
    }
    await sleep(50);
  }
}

/** Takes an exclusive lock if it is free now; null if another process has it. */
export function tryLockAlone(file: string): Lock | null {
  return tryLock(file, ['BEGIN EXCLUSIVE']);
}

/** Takes a shared lock. Throws a TrialbellError if another process holds the lock exclusively. */
export function lockTogether(file: string): Lock {
  // The lock lasts as long as the read transaction, which begins with the first read.
  const lock = tryLock(file, ['BEGIN', 'SELECT count(*) FROM sqlite_master']);
  if (!lock) throw new TrialbellError(`Another process holds ${file} exclusively. ${wayOut}`);
  return lock;
}

/** Whether nobody holds the lock now: no other process, and no other part of this one. */
export function isUnlocked(file: string): boolean {
  const lock = tryLockAlone(file);
  lock?.release();
  return lock !== null;
}

function tryLock(file: string, statements: string[]): Lock | null {
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(file, { timeout: 0 });
    // Nothing is ever written, so even with a full disk the server can be stopped.
    for (const statement of ['PRAGMA journal_mode = MEMORY', ...statements]) db.exec(statement);
  } catch (cause) {
    db?.close();
    if ((cause as { errcode?: number }).errcode === busy) return null;
    throw explainFault(`The lock ${file} cannot be taken`, cause);
  }
  const opened = db;
  held.add(opened);
  return {
    release() {
      if (held.delete(opened)) opened.close();
    },
  };
}
