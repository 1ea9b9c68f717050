import { monitorEventLoopDelay } from 'node:perf_hooks';
import { allWorkers, openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { importTrials } from '../../src/jobs/ingest/import.ts';
import { pollRegistry } from '../../src/jobs/ingest/poll.ts';
import { createLog } from '../../src/log.ts';

/** The requests of the bench to the process, and its answers. */
export type Command = 'start' | 'import' | 'poll' | 'watch' | 'told' | 'close';
export type Told = { url: string; pause: number; pause99: number };

// Pages and workers in one process, as `trialbell start` runs them; it reads when its parent says so.
const app = await openApp(readConfig(), { log: createLog('error') });
const ctgov = app.context.registries.get('ctgov');
if (!ctgov) throw new Error('no registry');
const registry = ctgov;
const delay = monitorEventLoopDelay({ resolution: 5 });
let url = '';

const acts = {
  async start() {
    await app.work(allWorkers.filter((name) => name !== 'poll'));
    url = await app.serve();
  },
  import: () => importTrials(app.context, registry, { kind: 'all' }),
  async poll() {
    const polled = await pollRegistry(app.context, registry);
    if (polled?.outcome !== 'completed' && polled?.outcome !== 'held')
      throw new Error(`not all was read: ${polled?.reason}`);
  },
  async watch() {
    delay.enable();
    delay.reset();
  },
  async told() {
    delay.disable();
  },
  close: () => app.close(),
} satisfies Record<Command, () => Promise<unknown>>;

process.on('message', async (command: Command) => {
  await acts[command]();
  const told: Told = { url, pause: delay.max / 1e6, pause99: delay.percentile(99) / 1e6 };
  process.send?.(told);
  if (command === 'close') process.disconnect?.();
});
