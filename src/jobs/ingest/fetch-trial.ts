import { readRegistryState } from '../../db/ingest/runs.ts';
import { RegistryUnavailable, TrialbellError } from '../../errors.ts';
import type { Registry, RegistryRecord } from '../../registries/registry.ts';
import type { Context } from '../context.ts';
import { asOnlyReader, runReading } from './run-reading.ts';
import { storeRecords } from './store-records.ts';

/** Fetches a trial that is not stored, as `openTrialFetcher` describes. */
export type TrialFetcher = (registryId: string, id: string) => Promise<boolean>;

/** For this long, a number that the registry does not know is not asked for again. */
const missMs = 6 * 3_600_000;
const missesKept = 10_000;
/** The limit of requests per minute for all visitors together, to spare the registry. */
const asksPerMinute = 20;
/** How long a visitor waits for another reader of the registry. */
const patienceMs = 3_000;

/**
 * Opens a fetcher that reads one trial for a visitor and stores it as a baseline, without notifying anyone.
 * Returns false if the registry does not know the trial; that is remembered for a while. Requests are
 * sequential, the same number is requested once at a time, and the number per minute is limited. Throws
 * RegistryUnavailable beyond that limit or if the registry is unavailable, and a TrialbellError while another
 * process reads it.
 */
export function openTrialFetcher(context: Context): TrialFetcher {
  const misses = new Map<string, number>();
  const underWay = new Map<string, Promise<boolean>>();
  let asked: number[] = [];
  let queue: Promise<unknown> = Promise.resolve();

  const fetchOnce = async (registry: Registry, id: string, key: string) => {
    const isKnown = await storeTrial(context, registry, id);
    misses.delete(key);
    if (!isKnown) {
      misses.set(key, Date.parse(context.now()) + missMs);
      const [oldest] = misses.keys();
      if (misses.size > missesKept && oldest !== undefined) misses.delete(oldest);
    }
    return isKnown;
  };

  return async (registryId, id) => {
    const registry = context.registries.get(registryId);
    if (!registry) return false;
    const key = `${registryId} ${id}`;
    const now = Date.parse(context.now());
    if ((misses.get(key) ?? 0) > now) return false;
    const same = underWay.get(key);
    if (same) return same;
    asked = asked.filter((at) => Math.abs(now - at) < 60_000);
    if (asked.length >= asksPerMinute)
      throw new RegistryUnavailable(`${registry.name} has had enough requests for this minute.`, {
        retryAfterMs: 60_000,
      });
    asked.push(now);
    const fetching = queue.then(() => fetchOnce(registry, id, key)).finally(() => underWay.delete(key));
    queue = fetching.catch(() => {});
    underWay.set(key, fetching);
    return fetching;
  };
}

async function storeTrial(context: Context, registry: Registry, id: string): Promise<boolean> {
  return (await readRecordNow(context, registry, id)) !== null;
}

/**
 * Reads one record from its registry now, and stores or quarantines it; null if the registry does not know
 * it. Changes since it was stored are reported as after any reading. Throws RegistryUnavailable if the registry
 * is unavailable, and a TrialbellError while another process reads it.
 */
export async function readRecordNow(
  context: Context,
  registry: Registry,
  id: string,
): Promise<RegistryRecord | null> {
  const answered = await registry.trial(id);
  if (answered === null) return null;
  // A record without an id gets the one that was requested.
  const record = answered.ok ? answered : { ...answered, id: answered.id ?? id };
  const patient = { ...context, patienceMs };
  const stored = await asOnlyReader(patient, registry, async (lease) => {
    const { watermarkOn } = await readRegistryState(context.db, registry.id);
    const how = { kind: 'follow', dataTimestamp: null, lastDay: watermarkOn } as const;
    return runReading(context, registry, lease, how, async (run) => {
      await storeRecords(context.db, run, [record]);
      return { complete: async () => {} };
    });
  });
  if (stored === null) throw new TrialbellError(`Another process is reading ${registry.name}.`);
  return record;
}
