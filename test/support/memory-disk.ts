import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Linux's disk in memory. In a container it often has 64 MB, and programs on it may not be run. */
const memoryDisk = '/dev/shm';
const neededBytes = 6 * 1024 ** 3;

/**
 * Puts the temporary files of this process and its children on the memory disk, where it has room for the databases of
 * a whole run. A test database is made in 12 ms there, and in 150 ms on a disk. `TMPDIR` of the caller's own stays.
 */
export function useMemoryDisk(): void {
  if (process.env.TMPDIR || !isRoomy() || !runsPrograms()) return;
  process.env.TMPDIR = memoryDisk;
}

function isRoomy(): boolean {
  try {
    const { bavail, bsize } = statfsSync(memoryDisk);
    return bavail * bsize > neededBytes;
  } catch {
    return false;
  }
}

function runsPrograms(): boolean {
  const folder = mkdtempSync(join(memoryDisk, 'trialbell-try-'));
  const program = join(folder, 'program');
  try {
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o700 });
    return spawnSync(program).status === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
