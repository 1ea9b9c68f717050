import { readRegistryState } from '../../db/ingest/runs.ts';
import { RegistryUnavailable, TrialbellError } from '../../errors.ts';
import type { Registry, RegistryRecord } from '../../registries/registry.ts';
import type { Context } from '../context.ts';
import { asOnlyReader, runReading } from './run-reading.ts';
import { storeRecords } from './store-records.ts';

/** Asks a registry for a trial nobody has stored, as `openTrialFetcher` says. */
export type TrialFetcher = (registryId: string, id: string) => Promise<boolean>;

/** A number that the registry does not know is not asked for again for so long. */
const missMs = 6 * 3_600_000;
const missesKept = 10_000;
/** So many questions a minute for all visitors together: the registry is not ours to load. */
const asksPerMinute = 20;
/** A visitor waits for another reader at most so long. */
const patienceMs = 3_000;

/**
 * What reads one trial somebody looks for and stores it as a baseline, which tells nobody. False when the registry does
 * not know it; that is remembered for a while. Asks one after the other, the same number once at a time, and few a minute
 * whoever asks. Throws RegistryUnavailable beyond that and when the registry is away, and a TrialbellError while another
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
      throw new RegistryUnavailable(`${registry.name} was asked often enough for this minute.`, {
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
 * Reads one record from its registry now, and stores it or sets it aside; null when the registry does not know it. What
 * changed since it was stored is told as after any reading. Throws RegistryUnavailable when the registry is away, and a
 * TrialbellError while another process reads it.
 */
export async function readRecordNow(
  context: Context,
  registry: Registry,
  id: string,
): Promise<RegistryRecord | null> {
  const answered = await registry.trial(id);
  if (answered === null) return null;
  // One that does not say whose it is was asked for by its id.
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
  if (stored === null) throw new TrialbellError(`Another process reads ${registry.name} now.`);
  return record;
}
