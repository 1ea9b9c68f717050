import { Gauge, Histogram, Registry } from 'prom-client';
import type { Instant } from '../core/trial.ts';
import { suppressionReasons } from '../db/bounce-figures.ts';
import { reportKinds } from '../db/bounces.ts';
import type { Db } from '../db/connect.ts';
import { type Figures, readFigures } from '../db/figures.ts';
import { type DeliveryKind, phases } from '../db/schema.ts';
import type { QueueCounts, Queues } from '../queue/open.ts';
import { rememberFor } from './ready.ts';

const mailKinds: readonly DeliveryKind[] = [
  'digest',
  'confirmation',
  'welcome',
  'quiet',
  'yearly',
  'manage',
  'address',
  'admin',
  'alert',
];

/** How long figures count: whoever asks more often costs nothing more, in milliseconds. */
const figuresCountMs = 10_000;

/** How long handlers take in this process. */
export type Durations = {
  registry: Registry;
  /** The same queues, whose handlers are timed. */
  measure(queues: Queues): Queues;
};

/** Begins to time handlers. */
export function openDurations(): Durations {
  const registry = new Registry();
  const seconds = new Histogram({
    name: 'trialbell_handler_seconds',
    help: 'How long the handlers of this process took, by queue and outcome',
    labelNames: ['queue', 'outcome'],
    buckets: [0.01, 0.05, 0.2, 1, 5, 20, 60, 300, 1_800],
    registers: [registry],
  });
  return {
    registry,
    measure: (queues) => ({
      ...queues,
      work: (name, handler, options) =>
        queues.work(
          name,
          async (payload, signal) => {
            const end = seconds.startTimer({ queue: name });
            try {
              await handler(payload, signal);
              end({ outcome: 'done' });
            } catch (error) {
              end({ outcome: 'failed' });
              throw error;
            }
          },
          options,
        ),
    }),
  };
}

/**
 * What to ask for the metrics in Prometheus's text format: of all processes from the database and the queue's store, and
 * the durations of this one. A database or a store that is away is told as `…_up 0`, not as an error.
 */
export function createMetrics(parts: {
  db: Db;
  queues: Promise<Queues>;
  now: () => Instant;
  durations: Durations;
}): () => Promise<{ type: string; text: string }> {
  const ask = rememberFor(figuresCountMs, async () => {
    const [figures, counts] = await Promise.all([
      readFigures(parts.db, parts.now()).catch(() => null),
      parts.queues.then((queues) => queues.counts()).catch(() => null),
    ]);
    return fillRegistry(figures, counts).metrics();
  });
  const type = parts.durations.registry.contentType;
  return async () => ({ type, text: `${await ask()}\n${await parts.durations.registry.metrics()}` });
}

type AddGauge = (
  name: string,
  help: string,
  rows: { labels?: Record<string, string>; value: number | null }[],
) => void;

function fillRegistry(figures: Figures | null, counts: Record<string, QueueCounts> | null): Registry {
  const registry = new Registry();
  const gauge: AddGauge = (name, help, rows) => {
    const labelNames = Object.keys(rows[0]?.labels ?? {});
    const one = new Gauge({ name: `trialbell_${name}`, help, labelNames, registers: [registry] });
    for (const { labels = {}, value } of rows) if (value !== null) one.set(labels, value);
  };
  gauge('database_up', 'Whether the database answers', [{ value: figures ? 1 : 0 }]);
  gauge('queue_up', "Whether the queue's store answers", [{ value: counts ? 1 : 0 }]);
  if (figures) fillFigures(gauge, figures);
  const depths = Object.entries(counts ?? {}).flatMap(([queue, states]) =>
    Object.entries(states).map(([state, value]) => ({ labels: { queue, state }, value })),
  );
  gauge('queue_jobs', 'Jobs by queue and state', depths);
  return registry;
}

function fillFigures(gauge: AddGauge, figures: Figures): void {
  const ofRegistries = (value: (one: Figures['registries'][number]) => number | null) =>
    figures.registries.map((one) => ({ labels: { registry: one.id }, value: value(one) }));
  gauge(
    'registry_checked_age_seconds',
    'Since the registry last answered',
    ofRegistries((one) => one.checkedAge),
  );
  gauge(
    'registry_read_age_seconds',
    'Since its data was last read whole',
    ofRegistries((one) => one.readAge),
  );
  gauge(
    'registry_data_age_seconds',
    'Age of the data it was read at',
    ofRegistries((one) => one.dataAge),
  );
  const runs = figures.runs.map(({ registry, kind, seconds }) => ({
    labels: { registry, kind },
    value: seconds,
  }));
  gauge('last_run_seconds', 'How long the last reading of each kind took', runs);
  const states = ['pending', 'held', 'released', 'discarded'].map((state) => ({
    labels: { state },
    value: figures.changes.find((row) => row.state === state)?.count ?? 0,
  }));
  gauge('changes', 'Changes by state', states);
  const mails = mailKinds.flatMap((kind) =>
    phases.map((phase) => ({
      labels: { kind, phase },
      value: figures.mails.find((row) => row.kind === kind && row.phase === phase)?.count ?? 0,
    })),
  );
  gauge('mails', 'Mails of the ledger by kind and phase', mails);
  gauge('mails_ever_ambiguous', 'Mails that may have been sent twice', [{ value: figures.everAmbiguous }]);
  gauge('digests_due', 'People whose digest is to be planned now', [{ value: figures.subscribersDue }]);
  gauge('mails_due', 'Mails to be sent now', [{ value: figures.mailsDue }]);
  gauge('oldest_due_age_seconds', 'How long the oldest of both has waited', [
    { value: figures.oldestDueAge ?? 0 },
  ]);
  fillBounces(gauge, figures.bounces);
}

function fillBounces(gauge: AddGauge, { reports, suppressions, shares }: Figures['bounces']): void {
  const ofKinds = reportKinds.map((kind) => ({ labels: { kind }, value: reports[kind] ?? 0 }));
  gauge(
    'bounce_reports',
    'Messages that came in as reports, ever, by kind; foreign ones are ignored',
    ofKinds,
  );
  const ofReasons = suppressionReasons.map((reason) => ({
    labels: { reason },
    value: suppressions[reason] ?? 0,
  }));
  gauge('suppressions', 'Addresses that get no mail, by reason', ofReasons);
  const ofShares = Object.entries(shares).map(([kind, value]) => ({ labels: { kind }, value }));
  gauge('bounce_share', 'Of the mails of the last 7 days, the share that came back, by kind', ofShares);
}
