import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { readConfig } from '../../src/config.ts';
import { connect } from '../../src/db/connect.ts';
import type { Context } from '../../src/jobs/context.ts';
import { importTrials } from '../../src/jobs/ingest/import.ts';
import { pollRegistry } from '../../src/jobs/ingest/poll.ts';
import { openKeys } from '../../src/keys.ts';
import { openRegistries } from '../../src/registries/registry.ts';
import { beforeEachPage, only } from './registry-faults.ts';

type Order = { databaseUrl: string; registryUrl: string; now: string; act: 'poll' | 'import'; pages: number };

/** Polls or imports in a separate process, which kills itself with SIGKILL after storing `pages` pages. */
export async function readAndBeKilled(order: Order): Promise<void> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), JSON.stringify(order)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const signal = await new Promise((resolve) => child.once('exit', (_, by) => resolve(by)));
  if (signal !== 'SIGKILL') throw new Error('the reader was not killed');
}

async function read({ databaseUrl, registryUrl, now, act, pages }: Order): Promise<void> {
  const config = readConfig({ REGISTRIES: 'ctgov', CTGOV_URL: registryUrl, CTGOV_PACE_MS: '0' });
  const real = openRegistries(config.registries, { userAgent: 'Trialbell/0 (+mailto:bell@example.org)' });
  const ctgov = real.get('ctgov');
  if (!ctgov) throw new Error('no registry');
  const registry = beforeEachPage(ctgov, (page) => {
    if (page === pages) process.kill(process.pid, 'SIGKILL');
  });
  const context: Context = {
    config,
    db: connect(databaseUrl),
    keys: openKeys('a key of the tests alone, forty characters'),
    log: pino({ level: 'silent' }),
    now: () => now,
    ...only(registry),
    enqueue: async () => false,
    patienceMs: 0,
    holder: 'the killed one',
    demo: false,
  };
  await (act === 'poll' ? pollRegistry(context, registry) : importTrials(context, registry, { kind: 'all' }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await read(JSON.parse(process.argv[2] ?? ''));
