import { execFile, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { listMinimalFiles } from './debian-packages.ts';
import { findProgram } from './servers.ts';

const root = join(import.meta.dirname, '../..');

/** Whether this machine can run a minimal Debian made of its own packages: as root, on Debian, with namespaces and control groups. */
export const canRunMinimalDebian =
  process.getuid?.() === 0 &&
  findProgram('dpkg-query') !== null &&
  spawnSync('unshare', ['--mount', '--cgroup', '--pid', '--fork', 'true']).status === 0;

/**
 * Runs a command as the first process of a minimal Debian, in the checkout at /opt/trialbell, with Node 20 or newer, npm
 * and `packages`; `isolated` in a network of its own, without a way out. Gives its exit code, its output, and what it
 * wrote to /result.
 */
export async function runInMinimalDebian(
  command: readonly string[],
  { packages = [], isolated = false }: { packages?: readonly string[]; isolated?: boolean } = {},
): Promise<{ code: number; output: string; result: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'trialbell-debian-'));
  try {
    writeFileSync(join(folder, 'files'), `${listMinimalFiles(packages).join('\n')}\n`);
    copyFileSync(findOutside('node'), join(folder, 'node'));
    const npm = dirname(dirname(findOutside('npm')));
    const script = join(root, 'test/hosting/minimal-debian.sh');
    const args = ['--mount', ...(isolated ? ['--net'] : []), 'bash', script, folder, root, npm, ...command];
    const { code, output } = await new Promise<{ code: number; output: string }>((resolve) => {
      execFile('unshare', args, { timeout: 500_000 }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? (error ? 1 : 0)), output: stdout + stderr }),
      );
    });
    const result = join(folder, 'result');
    return { code, output, result: existsSync(result) ? readFileSync(result, 'utf8') : '' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A program of the machine, not of the project. */
function findOutside(name: string): string {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((path) => !path.includes('node_modules'));
  const found = folders.map((path) => join(path, name)).find((file) => existsSync(file));
  if (!found) throw new Error(`There is no ${name} beside the project's own.`);
  return realpathSync(found);
}
