import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { listRecentRuns } from '../../src/db/ingest/runs.ts';
import { writeSetting } from '../../src/db/settings.ts';
import { readDataVersion } from '../../src/jobs/ingest/data-version.ts';
import { importTrials } from '../../src/jobs/ingest/import.ts';
import { createLog } from '../../src/log.ts';
import { queueNames } from '../../src/queue/table.ts';

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
    // Without a thread: as it was before there was one.
    await (process.env.BENCH_WITHOUT_THREAD ? app.work(queueNames) : app.workInThread(queueNames));
    url = await app.serve();
  },
  async import() {
    // The first refresh of a month reads everything twice.
    const { day } = await readDataVersion(app.context, registry);
    await writeSetting(
      app.context.db,
      `month-began:${registry.id}`,
      `${day.slice(0, 7)} ${day}T00:00:00.000Z`,
    );
    await importTrials(app.context, registry, { kind: 'all' });
  },
  async poll() {
    const { timestamp } = await readDataVersion(app.context, registry);
    await app.context.enqueue('poll', { registry: registry.id });
    for (;;) {
      const [newest] = await listRecentRuns(app.context.db, registry.id, 1);
      if (newest?.dataTimestamp === timestamp && newest.outcome !== null) return;
      await sleep(200);
    }
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
