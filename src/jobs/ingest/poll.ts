import { addMs } from '../../core/instants.ts';
import { noFigures, type RunFigures } from '../../core/run-figures.ts';
import type { Day, Instant } from '../../core/trial.ts';
import { listQuarantined } from '../../db/ingest/quarantine.ts';
import {
  beginWatermark,
  closeRun,
  listRecentRuns,
  markChecked,
  moveWatermark,
  openRun,
  type RegistryState,
  readRegistryState,
} from '../../db/ingest/runs.ts';
import { listUpdatedSince } from '../../db/ingest/trials.ts';
import { holdsLease, type Lease } from '../../db/leases.ts';
import { messageOf, RegistryUnavailable, TrialbellError } from '../../errors.ts';
import type { Registry } from '../../registries/registry.ts';
import type { Context } from '../context.ts';
import { auditMatching } from './audit-matching.ts';
import { type DataVersion, readDataVersion } from './data-version.ts';
import { reconcile } from './reconcile.ts';
import { rematchStored } from './rematch.ts';
import { pollRows } from './rows/poll-rows.ts';
import { readBaselines } from './rows/read-baselines.ts';
import { addAny, asOnlyReader, type RunResult, runReading, sayShortfall } from './run-reading.ts';
import type { Run } from './run-state.ts';
import { storeRecords } from './store-records.ts';
import { turnByCalendar } from './turn-by-calendar.ts';
import { watchNewSubscriptions } from './watch-subscriptions.ts';

/** Days before the watermark that are read again unless the registry says otherwise: some updates arrive late. */
const overlapDays = 3;
/** How many times the updates are read at most, if the registry's data changes during each read. */
const attempts = 3;

/** The result of polling one registry. */
export type PollResult = {
  outcome: RunResult['outcome'] | 'unchanged';
  figures: RunFigures;
  reason: string | null;
};

const unchanged: PollResult = { outcome: 'unchanged', figures: noFigures, reason: null };

/**
 * Polls a registry once: reads only its version if that has not changed, else every record updated since the
 * watermark. First reads the baselines that new subscriptions wait for. If the registry is unavailable, the
 * result is `failed` with the reason, and nothing is thrown. Null if another process is reading this
 * registry.
 */
export async function pollRegistry(context: Context, registry: Registry): Promise<PollResult | null> {
  const startedAt = context.now();
  try {
    return await asOnlyReader(context, registry, (lease) => pollAsOnlyReader(context, registry, lease));
  } catch (error) {
    if (!(error instanceof TrialbellError))
      await recordThrown(context, registry, startedAt, messageOf(error)).catch(() => {});
    throw error;
  }
}

/**
 * Records a poll that threw as a failed run, since alarms look at runs. One that threw inside a run is
 * already recorded.
 */
async function recordThrown(
  context: Context,
  registry: Registry,
  startedAt: Instant,
  reason: string,
): Promise<void> {
  const [newest] = await listRecentRuns(context.db, registry.id, 1);
  if (newest?.reason === reason && newest.startedAt >= startedAt) return;
  await recordFailure(context, registry, startedAt, reason);
}

/**
 * Polls. If the registry has been read today, also gives the stored trials today's status; otherwise that could
 * contradict an edit that is not read yet.
 */
async function pollAsOnlyReader(context: Context, registry: Registry, lease: Lease): Promise<PollResult> {
  const polled = await pollUpdates(context, registry, lease);
  const { completedAt } = await readRegistryState(context.db, registry.id);
  if (completedAt === null || completedAt.slice(0, 10) < context.now().slice(0, 10)) return polled;
  const turned = await turnByCalendar(context, registry, lease);
  if (turned === null) return polled;
  const { outcome } = polled;
  return outcome === 'unchanged' ? turned : (addAny({ ...polled, outcome }, turned) ?? turned);
}

async function pollUpdates(context: Context, registry: Registry, lease: Lease): Promise<PollResult> {
  await rematchStored(context, registry, lease);
  if (registry.rows) return (await pollRows(context, registry, registry.rows, lease)) ?? unchanged;
  const startedAt = context.now();
  let data: DataVersion;
  try {
    data = await readDataVersion(context, registry);
  } catch (error) {
    if (!(error instanceof RegistryUnavailable)) throw error;
    const reason = messageOf(error);
    context.log.warn({ registry: registry.id, reason }, 'registry unavailable');
    return recordFailure(context, registry, startedAt, reason);
  }
  await markChecked(context.db, registry.id, startedAt);
  const state = await readRegistryState(context.db, registry.id);
  const lastDay = state.watermarkOn;
  const watched = addAny(
    await watchNewSubscriptions(context, registry, lease, data, lastDay),
    await readBaselines(context, registry, lease, lastDay),
  );
  const isKnown = data.isStated
    ? state.dataTimestamp === data.timestamp
    : isTooEarly(registry, state, startedAt);
  if (lastDay === null || isKnown) {
    if (lastDay === null) await beginReading(context, registry, lease, data, startedAt);
    return watched ?? { outcome: lastDay ? 'unchanged' : 'completed', figures: noFigures, reason: null };
  }
  const polled = await runReading(
    context,
    registry,
    lease,
    { kind: 'poll', dataTimestamp: data.timestamp, lastDay },
    (run) => readUpdates(context, run, data, lastDay),
  );
  const read = addAny(watched, polled) ?? polled;
  if (polled.outcome === 'partial' || polled.outcome === 'failed') return read;
  const swept = await reconcile(context, registry, lease, data);
  await auditMatching(context, registry);
  return addAny(read, swept) ?? read;
}

/** Whether the updates of a registry without a version were read whole too recently to read them again. */
function isTooEarly({ updates }: Registry, { completedAt }: RegistryState, now: Instant): boolean {
  if (!updates || completedAt === null || completedAt > now) return false;
  return addMs(completedAt, updates.everyMs) > now;
}

async function recordFailure(
  context: Context,
  registry: Registry,
  startedAt: Instant,
  reason: string,
): Promise<PollResult> {
  const run = { registry: registry.id, kind: 'poll', startedAt, dataTimestamp: null } as const;
  const id = await openRun(context.db, run);
  const end = { outcome: 'failed', figures: noFigures, finishedAt: context.now(), reason } as const;
  await closeRun(context.db, id, end);
  return end;
}

/** Without a watermark, reading begins with today's data: nobody followed anything before. */
async function beginReading(
  context: Context,
  registry: Registry,
  lease: Lease,
  data: DataVersion,
  now: Instant,
): Promise<void> {
  await context.db.transaction().execute(async (tx) => {
    if (await holdsLease(tx, lease)) await beginWatermark(tx, registry.id, data, now);
  });
}

async function readUpdates(context: Context, run: Run, data: DataVersion, lastDay: Day) {
  const from = Temporal.PlainDate.from(lastDay)
    .subtract({ days: run.registry.updates?.overlapDays ?? overlapDays })
    .toString();
  let shortfall: string | null = null;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const answered = await readPages(context, run, from);
    const now = await readDataVersion(context, run.registry);
    shortfall = await findShortfall(context, run, from, answered);
    if (now.timestamp === data.timestamp) break;
    data = now;
    if (attempt === attempts - 1) shortfall ??= `${run.registry.name}: its data changed during each read`;
  }
  const setAside = await listQuarantined(context.db, run.registry.id);
  await askAgain(
    context,
    run,
    setAside.filter((id) => !run.seen.has(id)),
  );
  const read = data;
  return {
    complete: (tx: Parameters<typeof moveWatermark>[0]) =>
      moveWatermark(tx, run.registry.id, read, run.readAt),
    ...(shortfall ? { shortfall } : {}),
  };
}

/** The content of a list: its ids, the number of records without an id, and the list's own count. */
type Answered = { ids: Set<string>; unnamed: number; total: number | null };

async function readPages(context: Context, run: Run, from: Day): Promise<Answered> {
  const answered: Answered = { ids: new Set(), unnamed: 0, total: null };
  for await (const page of run.registry.pages({ kind: 'updated-since', since: `${from}T00:00:00.000Z` })) {
    answered.total ??= page.total;
    for (const record of page.records) {
      const id = record.ok ? record.trial.id : record.id;
      if (id === null) answered.unnamed += 1;
      else answered.ids.add(id);
    }
    await storeRecords(context.db, run, page.records);
  }
  return answered;
}

/**
 * Finds signs that an answer was incomplete (C10): fewer records than it counted, or omitted trials that the
 * registry still has, updated since that day. The omitted trials are read by id, so that no known one is
 * missed. A trial that the registry itself no longer finds is not a shortfall.
 */
async function findShortfall(
  context: Context,
  run: Run,
  from: Day,
  answered: Answered,
): Promise<string | null> {
  const listed = answered.ids.size + answered.unnamed;
  if (answered.total !== null && listed < answered.total) {
    return sayShortfall(run.registry, answered.total, listed);
  }
  const expected = await listUpdatedSince(context.db, run.registry.id, from);
  const missing = expected.filter((id) => !answered.ids.has(id)).slice(0, 100);
  if (missing.length === 0) return null;
  const found = await askAgain(context, run, missing);
  const leftOut = missing.filter((id) => found.has(id));
  for (const id of missing.filter((absent) => !found.has(absent)).slice(0, 3)) {
    const record = await run.registry.trial(id);
    if (record && (!record.ok || record.trial.id === id)) leftOut.push(id);
  }
  if (leftOut.length <= answered.unnamed) return null;
  return `${run.registry.name}: its list left out ${leftOut.length} trials that it still has; it is read again next time`;
}

async function askAgain(context: Context, run: Run, ids: string[]): Promise<Set<string>> {
  const found = new Set<string>();
  if (ids.length === 0) return found;
  for await (const page of run.registry.pages({ kind: 'ids', ids })) {
    await storeRecords(context.db, run, page.records);
    for (const record of page.records) if (record.ok) found.add(record.trial.id);
  }
  return found;
}
