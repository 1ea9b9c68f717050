import type { Day } from '../core/trial.ts';
import type { Lease } from '../db/leases.ts';
import { beginWatermark } from '../db/runs.ts';
import { listUnwatched, startWatching } from '../db/subscriptions.ts';
import type { Registry, RegistryQuery } from '../registries/registry.ts';
import type { Context } from './context.ts';
import { type RunResult, runReading } from './read-registry.ts';
import { storeRecords } from './store-records.ts';

/**
 * Stores the baseline of every active subscription that waits for it, silently, and starts watching: what is released
 * from then on is told (C13). One that could not be read waits for the next round. Null when none waits.
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
    isServed: (subscription: (typeof waiting)[number], seen: Set<string>) => boolean;
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
    result = await runReading(
      context,
      registry,
      lease,
      { kind: 'follow', dataTimestamp: data.timestamp, lastDay },
      async (run) => {
        const seen = new Set<string>();
        for await (const page of registry.pages(query)) {
          await storeRecords(context.db, run, page.records);
          for (const record of page.records) {
            if (!record.ok) continue;
            for (const id of [record.trial.id, ...record.trial.aliases]) seen.add(id);
          }
        }
        const served = waiting.filter((subscription) => isServed(subscription, seen)).map(({ id }) => id);
        return {
          complete: async (tx) => {
            await beginWatermark(tx, registry.id, data, run.readAt);
            await startWatching(tx, served, run.readAt);
          },
        };
      },
    );
    if (result.outcome !== 'completed') return result;
  }
  return result;
}
