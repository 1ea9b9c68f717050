import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

// For the suites that run apart from `npm test`, in a network of their own.

/** Says that a suite was not run, and why, and ends the process as a run without tests. */
export function leaveOut(what: string, why: string): never {
  console.log(`Left out: ${what}, because ${why}`);
  console.log('0 passed, 0 failed, 0 skipped');
  process.exit(0);
}

/** A temporary folder that goes when this process ends, by a signal too. */
export function folderOfThisRun(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `trialbell-${name}-`));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  return folder;
}

/** Whether a script works in a network, mounts and processes of its own, which a container may refuse. */
export function worksApart(script: string, ...args: string[]): Promise<boolean> {
  const apart = ['--net', '--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', script, 'sh', ...args];
  return promisify(execFile)('unshare', apart).then(
    () => true,
    () => false,
  );
}

/** Runs tests in a network without a way out, after a script that sets it up, and ends this process as they end. */
export function runTestsApart(project: string, script: string, env: Record<string, string>): void {
  runApart([join(root, 'test/run.ts'), '--project', project, ...process.argv.slice(2)], script, env);
}

const root = join(import.meta.dirname, '../..');
const apartAlready = 'TRIALBELL_APART';

/** Whether this process has a network of its own, in which it may do as it likes. */
export const isApart = process.env[apartAlready] === '1';

/** Runs a script of Node likewise. */
export function runApart(
  command: readonly string[],
  script = 'ip link set lo up',
  env: Record<string, string> = {},
): void {
  const child = spawn(
    'unshare',
    [
      '--net',
      '--kill-child',
      '--fork',
      'sh',
      '-c',
      `${script} && exec "$@"`,
      'sh',
      process.execPath,
      ...command,
    ],
    { cwd: root, stdio: 'inherit', env: { ...process.env, ...env, [apartAlready]: '1' } },
  );
  child.once('exit', (code) => process.exit(code ?? 1));
}
