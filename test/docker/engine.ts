import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ran } from '../support/program.ts';

type How = { folder?: string; input?: Readable };

/** A running engine. */
export class Engine {
  /** The engine's process. */
  readonly pid: number;

  constructor(pid: number) {
    this.pid = pid;
  }

  /** The engine's own files, as this process sees them. */
  path(...parts: string[]): string {
    return join(`/proc/${this.pid}/root`, ...parts);
  }

  /** Runs a script beside the engine, as its administrator would, up to the first command that fails. */
  run(script: string, how: How = {}): Promise<Ran> {
    const { folder = '/root', input } = how;
    const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' };
    const beside = ['--target', String(this.pid), '--mount', '--pid', '--root', '--'];
    const shell = ['bash', '-euo', 'pipefail', '-c', `cd "$1"\n${script}`, 'bash', folder];
    const child = spawn('nsenter', [...beside, ...shell], { env, stdio: 'pipe' });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        said[name] += text;
      });
    child.stdin.on('error', () => {});
    if (input) input.pipe(child.stdin);
    else child.stdin.end();
    return new Promise((resolve, reject) => {
      child.once('error', reject).once('close', (code) => resolve({ code, ...said }));
    });
  }

  /** The same; throws what it said if it fails. Returns its standard output. */
  async must(script: string, how: How = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(script, how);
    if (code !== 0) throw new Error(`${script}\nended with ${code}:\n${stdout}${stderr}`);
    return stdout;
  }
}

/** Starts the engine on a root from a tar. `stop` ends it with every container. */
export async function startEngine(tar: string): Promise<{ engine: Engine; stop(): Promise<void> }> {
  const script = join(import.meta.dirname, 'engine.sh');
  const child = spawn('unshare', ['--mount', '--pid', '--fork', '--kill-child', 'bash', script, tar], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
    await removeCgroups();
  };
  process.once('exit', () => child.kill('SIGKILL'));
  const deadline = Date.now() + 150_000;
  for (;;) {
    const engine = findEngine(child.pid);
    if (engine && (await engine.run('docker info')).code === 0) return { engine, stop };
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`the engine did not start: ${said}`);
    }
    await sleep(200);
  }
}

/** The process below `unshare`, once it has its own root. */
function findEngine(parent: number | undefined): Engine | null {
  const children = `/proc/${parent}/task/${parent}/children`;
  const pid = existsSync(children) ? Number(readFileSync(children, 'utf8').split(' ')[0]) : 0;
  if (!pid) return null;
  const engine = new Engine(pid);
  return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'dockerd' ? engine : null;
}

/** Empty groups stay behind when their processes are gone; the kernel needs a moment for that. */
async function removeCgroups(): Promise<void> {
  for (let tries = 0; tries < 50; tries += 1) {
    const found = globSync('/sys/fs/cgroup/{,*/}trialbell-test/{,**/}').sort((a, b) => b.length - a.length);
    if (found.length === 0) return;
    for (const folder of found) {
      try {
        rmdirSync(folder);
      } catch {
        // not empty yet
      }
    }
    await sleep(100);
  }
}
