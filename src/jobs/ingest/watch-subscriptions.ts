import { matchOf } from '../../core/matching/topics.ts';
import type { Day, Trial } from '../../core/trial.ts';
import { beginWatermark } from '../../db/ingest/runs.ts';
import { loadTrialsAbout } from '../../db/ingest/trials.ts';
import type { Lease } from '../../db/leases.ts';
import { listUnwatched, startWatching, type Unwatched } from '../../db/subscribers/baselines.ts';
import { RegistryUnavailable } from '../../errors.ts';
import type { Registry, RegistryQuery } from '../../registries/registry.ts';
import type { Context } from '../context.ts';
import { addAny, type RunResult, runReading, sayShortfall } from './run-reading.ts';
import { storeRecords } from './store-records.ts';

/**
 * Silently stores the baseline of every active subscription that waits for one, and starts watching: changes
 * released from then on are reported (C13). If one cannot be read, it waits for the next round. Null if none
 * waits.
 */
export async function watchNewSubscriptions(
  context: Context,
  registry: Registry,
  lease: Lease,
  data: { timestamp: string; day: Day },
  lastDay: Day | null,
): Promise<RunResult | null> {
  const waiting = await listUnwatched(context.db, registry.id);
  if (waiting.length === 0) return null;
  const trials = waiting.filter((subscription) => subscription.kind === 'trial');
  const ids = [...new Set(trials.flatMap((subscription) => subscription.registryId ?? []))];
  const words = new Set(
    waiting.flatMap((subscription) => (subscription.kind === 'condition' ? subscription.words : [])),
  );
  const queries: {
    query: RegistryQuery;
    isServed: (subscription: Unwatched, seen: Set<string>) => boolean;
  }[] = [...words].map((text) => ({
    query: { kind: 'condition', words: text },
    isServed: (subscription) => subscription.kind === 'condition' && subscription.words === text,
  }));
  if (ids.length > 0) {
    queries.unshift({
      query: { kind: 'ids', ids },
      isServed: (subscription, seen) =>
        subscription.kind === 'trial' && seen.has(subscription.registryId ?? ''),
    });
  }
  let result: RunResult | null = null;
  for (const { query, isServed } of queries) {
    const read = await runReading(
      context,
      registry,
      lease,
      { kind: 'follow', dataTimestamp: data.timestamp, lastDay },
      async (run) => {
        const seen = new Set<string>();
        let total: number | null = null;
        for await (const page of registry.pages(query)) {
          total ??= page.total;
          await storeRecords(context.db, run, page.records);
          for (const record of page.records) {
            if (!record.ok) continue;
            for (const id of [record.trial.id, ...record.trial.aliases]) seen.add(id);
          }
        }
        const served = waiting.filter((subscription) => isServed(subscription, seen));
        const shortfall = await findShortfall(context, registry, { total, listed: run.figures.seen, served });
        return {
          complete: (tx) => beginWatermark(tx, registry.id, data, run.readAt),
          // After the release: the changes of this read are reported to those who watched before.
          released: (tx) =>
            startWatching(
              tx,
              served.map((subscription) => subscription.id),
              run.readAt,
            ),
          ...(shortfall ? { shortfall } : {}),
        };
      },
    );
    result = addAny(result, read);
    if (read.outcome !== 'completed' && read.outcome !== 'held' && !(await answers(registry))) return result;
  }
  return result;
}

/** The number of stored trials that suffices to judge the registry's answer. */
const sampled = 500;

/**
 * Whether the condition search can find a trial. It finds the conditions that a trial is registered for, not
 * its keywords or participants.
 */
function isFoundByName(trial: Trial, subscription: Unwatched): boolean {
  const match = matchOf(trial, subscription);
  return match !== null && match.by !== 'keyword' && match.by !== 'admitted';
}

/**
 * Finds signs of an incomplete baseline, which must be read again (C10): fewer trials than counted, or none
 * although some are stored.
 */
async function findShortfall(
  context: Context,
  registry: Registry,
  read: { total: number | null; listed: number; served: Unwatched[] },
): Promise<string | null> {
  const { total, listed, served } = read;
  if (total !== null && listed < total) return sayShortfall(registry, total, listed);
  if (total !== 0) return null;
  const topics = served.flatMap((subscription) => subscription.topics);
  const stored = await loadTrialsAbout(context.db, registry.id, topics, sampled);
  const isListed = (trial: Trial) => served.some((subscription) => isFoundByName(trial, subscription));
  if (!stored.some(isListed)) return null;
  return `${registry.name}: it lists no trial for "${served[0]?.words}", although some are stored; it is asked again next time`;
}

/** Whether a registry that failed to answer one request answers the next. */
async function answers(registry: Registry): Promise<boolean> {
  try {
    await registry.dataVersion();
    return true;
  } catch (error) {
    if (error instanceof RegistryUnavailable) return false;
    throw error;
  }
}
