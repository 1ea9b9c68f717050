import { addMs } from '../../core/instants.ts';
import type { Day, Instant } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import { writeChanges } from '../../db/ingest/changes.ts';
import { listRemoved, listUnread, markMissing, markRemoved, type Unread } from '../../db/ingest/reconcile.ts';
import { countTrials } from '../../db/ingest/trials.ts';
import type { Lease } from '../../db/leases.ts';
import { readSetting, writeSetting } from '../../db/settings.ts';
import type { Registry } from '../../registries/registry.ts';
import type { Context } from '../context.ts';
import { readDataVersion } from './data-version.ts';
import { registrationChange } from './detect-changes.ts';
import { type RunResult, runReading } from './run-reading.ts';
import type { Run } from './run-state.ts';
import { storeRecords } from './store-records.ts';

/** Every stored trial is read again within this time, whatever its update date. */
const weekMs = 6.5 * 24 * 3_600_000;
/**
 * A registry refreshes about five times a week: a quarter of the stored trials per refresh covers all within
 * the week.
 */
const leastSlice = 5_000;
const sliceShare = 1 / 4;
const removedSlice = 100;
/** The number of consecutive refreshes without a record after which it counts as gone (C11). */
const refreshesToAgree = 3;
/** If more than this share of records is missing at once, the registry is at fault. */
const suspiciousShare = 0.2;
const suspiciousLeast = 5;
/**
 * If few trials were asked for, the share is of the stored ones, up to this number, so that it stays the same
 * next time.
 */
const suspiciousAmong = 500;

/**
 * Reads again the stored trials that were not read for a week; at the first refresh of a month, all of them.
 * Silent changes have no update date (C14), and removed and merged records get no update at all (C11). Null
 * if nothing is due.
 */
export async function reconcile(
  context: Context,
  registry: Registry,
  lease: Lease,
  data: { timestamp: string; day: Day },
): Promise<RunResult | null> {
  const { cutoff, limit } = await chooseSlice(context, registry.id, data.day);
  const unread = [
    ...(await listUnread(context.db, registry.id, { cutoff, dataTimestamp: data.timestamp, limit })),
    ...(await listRemoved(context.db, registry.id, cutoff, removedSlice)),
  ];
  if (unread.length === 0) return null;
  const how = { kind: 'sweep', dataTimestamp: data.timestamp, lastDay: data.day } as const;
  return runReading(context, registry, lease, how, async (run) => {
    const unlisted = await readAgain(context, run, unread);
    // Trials that were already missing are expected to stay so: only the others count.
    const there = unread.filter(({ isMissing }) => !isMissing);
    const lost = unlisted.filter(({ isMissing }) => !isMissing);
    const among = Math.max(
      there.length,
      Math.min(await countTrials(context.db, registry.id), suspiciousAmong),
    );
    if (areTooMany(lost.length, among)) {
      const shortfall = `${registry.name} does not list ${lost.length} of the stored trials it was asked for: too many to believe`;
      return { complete: async () => {}, shortfall };
    }
    const absent = await askOneByOne(context, run, unlisted);
    // The data may have changed meanwhile: the next reading must not count these again.
    const { timestamp } = absent.length > 0 ? await readDataVersion(context, registry) : data;
    return { complete: (tx) => noteMissing(tx, run, absent, timestamp) };
  });
}

/** Whether too many trials are missing at once: then the registry must be at fault. */
export function areTooMany(lost: number, among: number): boolean {
  return lost >= suspiciousLeast && lost > suspiciousShare * among;
}

async function chooseSlice(
  context: Context,
  registry: string,
  day: Day,
): Promise<{ cutoff: Instant; limit: number }> {
  const now = context.now();
  const month = day.slice(0, 7);
  const name = `month-began:${registry}`;
  const [known, since] = (await readSetting(context.db, name))?.split(' ') ?? [];
  const began = known === month && since ? since : now;
  if (known !== month) await writeSetting(context.db, name, `${month} ${now}`);
  const weekAgo = addMs(now, -weekMs);
  const limit = Math.max(leastSlice, Math.ceil((await countTrials(context.db, registry)) * sliceShare));
  return began > weekAgo ? { cutoff: began, limit: Number.MAX_SAFE_INTEGER } : { cutoff: weekAgo, limit };
}

/** Reads these trials by id; returns those that the registry does not list. */
async function readAgain(context: Context, run: Run, unread: Unread[]): Promise<Unread[]> {
  const ids = unread.map(({ id }) => id);
  for await (const page of run.registry.pages({ kind: 'ids', ids })) {
    await storeRecords(context.db, run, page.records);
  }
  return unread.filter(({ id }) => !run.seen.has(id) && !run.seenAliases.has(id));
}

/** Asks for each trial, and stores it. Returns those that the registry reports as not found. */
async function askOneByOne(context: Context, run: Run, unlisted: Unread[]): Promise<string[]> {
  const absent: string[] = [];
  for (const { id } of unlisted) {
    const record = await run.registry.trial(id);
    if (record) await storeRecords(context.db, run, [record]);
    else absent.push(id);
  }
  return absent;
}

/** Counts a refresh without these trials. Marks and reports as removed those that enough refreshes agree on. */
export async function noteMissing(tx: Tx, run: Run, ids: string[], dataTimestamp: string): Promise<void> {
  const missing = await markMissing(tx, run.registry.id, ids, { dataTimestamp, readAt: run.readAt });
  const gone = missing.filter(({ count }) => count >= refreshesToAgree);
  const changes = gone.map(({ trialId, version, topics, status }) => ({
    ...registrationChange('removed', status, topics),
    trialId,
    version,
  }));
  await writeChanges(tx, changes, { runId: run.id, detectedAt: run.readAt });
  await markRemoved(
    tx,
    gone.map(({ trialId }) => trialId),
    run.readAt,
  );
  const { figures } = run;
  run.figures = {
    ...figures,
    changes: figures.changes + gone.length,
    removed: figures.removed + gone.length,
  };
}
