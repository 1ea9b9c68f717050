import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Debian's Python, whose packages read what we write. */
const python = '/usr/bin/python3';

/** Whether Debian's Python is here. */
export const hasPython = existsSync(python);

/** Runs a script with a file of this name and content as its argument, and returns what it prints. */
export function runPython(script: string, name: string, body: Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'trialbell-read-'));
  try {
    const file = join(folder, name);
    writeFileSync(file, body);
    return execFileSync(python, ['-c', script, file], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
