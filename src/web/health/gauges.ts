import { Gauge, type Registry } from 'prom-client';
import { type MailKind, mailKindNames } from '../../core/digests/mail-kinds.ts';
import type { Pause, PauseReason } from '../../core/refusals/circuit-breaker.ts';
import type { Instant } from '../../core/trial.ts';
import type { Figures } from '../../db/admin/figures.ts';
import { suppressionReasons } from '../../db/delivery/bounce-figures.ts';
import { reportKinds } from '../../db/delivery/bounces.ts';
import { deliveryPhases } from '../../db/schema.ts';
import type { QueueCounts } from '../../queue/open.ts';

/** Former label values, reported beside the present ones until 0.3.0. */
const formerKinds: Partial<Record<MailKind, string[]>> = { 'no-news': ['quiet'] };
const pauseReasons: readonly PauseReason[] = ['policy', 'relay'];

/** Adds a gauge under our prefix. Null values are left out; without rows only the name is reported. */
export type AddGauge = (
  name: string,
  help: string,
  rows: { labels?: Record<string, string>; value: number | null }[],
) => void;

/** Makes an `AddGauge` for a Prometheus registry. */
export function makeGauges(registry: Registry): AddGauge {
  return (name, help, rows) => {
    const labelNames = Object.keys(rows[0]?.labels ?? {});
    const one = new Gauge({ name: `trialbell_${name}`, help, labelNames, registers: [registry] });
    for (const { labels = {}, value } of rows) if (value !== null) one.set(labels, value);
  };
}

/** Whether mail is paused, and for how long. */
export function fillPause(gauge: AddGauge, pause: Pause | null, now: Instant): void {
  const since = pause && (Date.parse(now) - Date.parse(pause.since)) / 1_000;
  const rows = pauseReasons.map((reason) => ({
    labels: { reason },
    value: since !== null && pause?.reason === reason ? Math.max(1, since) : 0,
  }));
  gauge('mail_paused_seconds', 'How long mail has been paused, by reason; 0 while it is sent', rows);
}

/** Jobs by queue and state; nothing while the queue's store is unavailable. */
export function fillQueues(gauge: AddGauge, counts: Record<string, QueueCounts> | null): void {
  const depths = Object.entries(counts ?? {}).flatMap(([queue, states]) =>
    Object.entries(states).map(([state, value]) => ({ labels: { queue, state }, value })),
  );
  gauge('queue_jobs', 'Jobs by queue and state', depths);
}

/** The figures of the database. */
export function fillFigures(gauge: AddGauge, figures: Figures): void {
  const ofRegistries = (value: (one: Figures['registries'][number]) => number | null) =>
    figures.registries.map((one) => ({ labels: { registry: one.id }, value: value(one) }));
  gauge(
    'registry_checked_age_seconds',
    'Time since the registry last answered',
    ofRegistries((one) => one.checkedAge),
  );
  gauge(
    'registry_read_age_seconds',
    'Time since its data was last read completely',
    ofRegistries((one) => one.readAge),
  );
  gauge(
    'registry_data_age_seconds',
    'Age of the registry data that was last read',
    ofRegistries((one) => one.dataAge),
  );
  gauge(
    'registry_checked_weekday_age_seconds',
    'Time since the registry last answered, without Saturdays and Sundays (UTC), when it does not refresh',
    ofRegistries((one) => one.checkedWeekdayAge),
  );
  gauge(
    'registry_data_weekday_age_seconds',
    'Age of the registry data that was last read, without Saturdays and Sundays (UTC)',
    ofRegistries((one) => one.dataWeekdayAge),
  );
  const runs = figures.runs.map(({ registry, kind, seconds }) => ({
    labels: { registry, kind },
    value: seconds,
  }));
  gauge('last_run_seconds', 'Duration of the last run of each kind', runs);
  const states = ['pending', 'held', 'released', 'discarded'].map((state) => ({
    labels: { state },
    value: figures.changes.find((row) => row.state === state)?.count ?? 0,
  }));
  gauge('changes', 'Changes by state', states);
  const mails = mailKindNames.flatMap((kind) =>
    [kind, ...(formerKinds[kind] ?? [])].flatMap((label) =>
      deliveryPhases.map((phase) => ({
        labels: { kind: label, phase },
        value: figures.mails.find((row) => row.kind === kind && row.phase === phase)?.count ?? 0,
      })),
    ),
  );
  gauge('mails', 'Mails of the ledger by kind and phase', mails);
  gauge('mails_ever_ambiguous', 'Mails that may have been sent twice', [{ value: figures.everAmbiguous }]);
  gauge('mails_in_doubt', 'Mails of the last day that may or may not have arrived', [
    { value: figures.inDoubt },
  ]);
  gauge('digests_due', 'People whose digest is due', [{ value: figures.subscribersDue }]);
  gauge('mails_due', 'Mails that are due', [{ value: figures.mailsDue }]);
  gauge('requests_due', 'Requests from pages that are due', [{ value: figures.requestsDue }]);
  gauge('oldest_due_age_seconds', 'How long the oldest due entry has waited', [
    { value: figures.oldestDueAge ?? 0 },
  ]);
  fillBounces(gauge, figures.bounces);
}

function fillBounces(gauge: AddGauge, { reports, suppressions, mails, shares }: Figures['bounces']): void {
  const ofKinds = reportKinds.map((kind) => ({ labels: { kind }, value: reports[kind] ?? 0 }));
  gauge('bounce_reports', 'Bounce reports received so far, by kind; foreign ones are ignored', ofKinds);
  const ofReasons = suppressionReasons.map((reason) => ({
    labels: { reason },
    value: suppressions[reason] ?? 0,
  }));
  gauge('suppressions', 'Suppressed addresses, by reason', ofReasons);
  gauge('recent_mails', 'Mails of the last 7 days that were handed over or refused for good', [
    { value: mails },
  ]);
  const ofShares = Object.entries(shares).map(([kind, value]) => ({ labels: { kind }, value }));
  gauge('bounce_share', 'Share of the mails of the last 7 days that bounced, by kind', ofShares);
}
