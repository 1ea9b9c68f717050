import { type ChildProcess, fork } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LoadResult, load } from './load.ts';
import type { Command, Told } from './start-server.ts';

/** What the pages of `start` took. Pauses of its event loop in milliseconds. */
export type WhileReading = LoadResult & { during: string; pause: number; pause99: number; seconds: number };

const conditions = ['asthma', 'lung-neoplasms', 'breast-neoplasms', 'leukemia', 'stroke'];
const perSecond = 20;

/** Asks for pages while one process of pages and workers is idle, and while it reads `count` records, all respelled. */
export async function benchPagesWhileReading(count: number): Promise<WhileReading[]> {
  const folder = mkdtempSync(join(tmpdir(), 'trialbell-bench-'));
  // As root, PostgreSQL runs as another user, who has to get in.
  chmodSync(folder, 0o711);
  const registry = fork(join(import.meta.dirname, 'registry-server.ts'), [String(count)]);
  const port = await new Promise((resolve) => registry.once('message', resolve));
  const env = { ...process.env, DATA_DIR: folder, PORT: '0', LOG_LEVEL: 'error', CTGOV_PACE_MS: '0' };
  const server = fork(join(import.meta.dirname, 'start-server.ts'), {
    env: { ...env, REGISTRIES: 'ctgov', CTGOV_URL: `http://127.0.0.1:${port}/api/v2` },
    execArgv: process.env.BENCH_PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}`] : [],
  });
  try {
    await ask(server, 'import');
    const { url } = await ask(server, 'start');
    const paths = Array.from({ length: 500 }, (_, n) =>
      n % 5 === 4 ? `/conditions/${conditions[n % 3]}` : `/trials/NCT${10_000_000 + ((n * 7919) % count)}`,
    );
    await load(url, paths, { perSecond, seconds: 5 });
    await ask(server, 'watch');
    const idle = await load(url, paths, { perSecond, seconds: 10 });
    const results = [{ during: 'nothing', ...idle, ...pausesOf(await ask(server, 'told')), seconds: 10 }];
    registry.send('next day');
    await ask(server, 'watch');
    const startedAt = performance.now();
    let isReading = true;
    const reading = ask(server, 'poll').finally(() => {
      isReading = false;
    });
    const answered = await load(url, paths, { perSecond, seconds: 600, until: () => !isReading });
    await reading;
    const seconds = (performance.now() - startedAt) / 1000;
    results.push({ during: 'reading', ...answered, ...pausesOf(await ask(server, 'told')), seconds });
    return results;
  } finally {
    await ask(server, 'close');
    registry.disconnect();
    rmSync(folder, { recursive: true, force: true });
  }
}

const pausesOf = ({ pause, pause99 }: Told) => ({ pause, pause99 });

function ask(server: ChildProcess, command: Command): Promise<Told> {
  return new Promise((resolve, reject) => {
    server.once('message', resolve);
    server.once('exit', () =>
      reject(new Error(`the server of the bench ended while it was asked to ${command}`)),
    );
    server.send(command);
  });
}
