import { Histogram, Registry } from 'prom-client';
import type { Instant } from '../../core/trial.ts';
import { readFigures } from '../../db/admin/figures.ts';
import type { Db } from '../../db/connect.ts';
import { nameSmtpCircuit, readPause } from '../../db/delivery/smtp-circuits.ts';
import { readFreeBytes } from '../../disk-room.ts';
import type { Keys } from '../../keys.ts';
import type { Queues } from '../../queue/open.ts';
import { fillFigures, fillPause, fillQueues, makeGauges } from './gauges.ts';
import { rememberFor } from './ready.ts';

/** How long figures are cached, in milliseconds. */
const figuresCountMs = 10_000;

/** A job that was handled, and for how long. */
export type Handled = { queue: string; outcome: 'done' | 'failed'; seconds: number };

/** Measures the handlers of this process. */
export type Durations = {
  registry: Registry;
  /** Counts a job that a thread of this process handled. */
  note(handled: Handled): void;
  /** The same queues, with timed handlers. */
  measure(queues: Queues): Queues;
};

/** Opens the histogram of handler durations. With `onHandled` it is kept elsewhere. */
export function openDurations(onHandled?: (handled: Handled) => void): Durations {
  const registry = new Registry();
  const seconds = new Histogram({
    name: 'trialbell_handler_seconds',
    help: 'How long the handlers of this process took, by queue and outcome',
    labelNames: ['queue', 'outcome'],
    buckets: [0.01, 0.05, 0.2, 1, 5, 20, 60, 300, 1_800],
    registers: [registry],
  });
  const note = ({ queue, outcome, seconds: took }: Handled) => seconds.observe({ queue, outcome }, took);
  const report = onHandled ?? note;
  return {
    registry,
    note,
    measure: (queues) => ({
      ...queues,
      work: (name, handler, options) =>
        queues.work(
          name,
          async (payload, signal) => {
            const startedAt = performance.now();
            const end = (outcome: Handled['outcome']) =>
              report({ queue: name, outcome, seconds: (performance.now() - startedAt) / 1000 });
            try {
              await handler(payload, signal);
              end('done');
            } catch (error) {
              end('failed');
              throw error;
            }
          },
          options,
        ),
    }),
  };
}

/**
 * Returns a function that reads the metrics in Prometheus's text format: figures of all processes from the database
 * and the queue's store, and the durations of this process. If one of them is unavailable, its `…_up` is 0 instead of
 * an error.
 */
export function createMetrics(deps: {
  db: Db;
  keys: Keys;
  queues: Promise<Queues>;
  now: () => Instant;
  durations: Durations;
  config: { smtpUrl: string | null; dataDir: string };
}): () => Promise<{ type: string; text: string }> {
  const { db, keys, config } = deps;
  const circuit = config.smtpUrl === null ? null : nameSmtpCircuit(keys, config.smtpUrl);
  const ask = rememberFor(figuresCountMs, async () => {
    const now = deps.now();
    const [figures, pause, counts, free] = await Promise.all([
      readFigures(db, now).catch(() => null),
      circuit === null ? null : readPause(db, circuit).catch(() => null),
      deps.queues.then((queues) => queues.counts()).catch(() => null),
      readFreeBytes(config.dataDir),
    ]);
    const registry = new Registry();
    const gauge = makeGauges(registry);
    gauge('database_up', 'Whether the database answers', [{ value: figures ? 1 : 0 }]);
    gauge('queue_up', "Whether the queue's store answers", [{ value: counts ? 1 : 0 }]);
    gauge('disk_free_bytes', 'Room left on the disk of DATA_DIR', [{ value: free }]);
    if (figures) {
      fillFigures(gauge, figures);
      fillPause(gauge, pause, now);
    }
    fillQueues(gauge, counts);
    return registry.metrics();
  });
  const type = deps.durations.registry.contentType;
  return async () => ({ type, text: `${await ask()}\n${await deps.durations.registry.metrics()}` });
}
