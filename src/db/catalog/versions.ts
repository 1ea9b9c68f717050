import { sql } from 'kysely';
import type { Trial } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';
import { type StoredVersion, storedVersion, trialIn } from '../stored-trial.ts';

type CachedTrial = { version: number; trial: Trial; bytes: number };

/** The maximum size of cached versions, as they are stored. */
const cachedBytes = 16_000_000;

/**
 * A cache of versions of trials, which never change: the newest ones by the trial's id, earlier ones by
 * `trialId/version`. It lasts as long as one piece of work; what was used longest ago is let go of.
 */
export class TrialCache extends Map<number | string, CachedTrial> {
  #bytes = 0;

  /** Adds what was read, and lets go of what does not fit any more. */
  keep(read: Iterable<readonly [number | string, CachedTrial]>): void {
    for (const [key, one] of read) {
      this.delete(key);
      this.set(key, one);
      this.#bytes += one.bytes;
    }
    for (const key of this.keys()) {
      if (this.#bytes <= cachedBytes) break;
      this.delete(key);
    }
  }

  override delete(key: number | string): boolean {
    this.#bytes -= this.get(key)?.bytes ?? 0;
    return super.delete(key);
  }

  override clear(): void {
    this.#bytes = 0;
    super.clear();
  }
}

type SizedVersion = StoredVersion & { bytes: number | null };

const sizedVersion = sql`${storedVersion}, pg_column_size(v.trial) as bytes`;

/** Opens a version for the cache; null if there is none. */
function openSized(version: number, { bytes, ...stored }: SizedVersion): CachedTrial | null {
  if (stored.trial === null && stored.packed === null) return null;
  const size = bytes ?? (stored.packed?.length ?? 0) + (stored.base?.length ?? 0);
  return { version, trial: trialIn(stored), bytes: size };
}

/** Loads the newest versions of these trials; cached ones are not read again. */
export async function loadNewestTrials(
  tx: Db | Tx,
  trialIds: number[],
  cache = new TrialCache(),
): Promise<Map<number, Trial>> {
  // Later entries may push these out of the cache.
  const cached = new Map(trialIds.map((id) => [id, cache.get(id)]));
  const known = trialIds.map((id) => cached.get(id)?.version ?? 0);
  const { rows } = await sql<{ id: number; version: number } & SizedVersion>`
    select t.id, t.version, ${sizedVersion}
    from unnest(${trialIds}::bigint[], ${known}::int[]) as k (id, version) join trials t on t.id = k.id
    left join trial_versions v on v.trial_id = t.id and v.version = t.version and v.version <> k.version`.execute(
    tx,
  );
  const trials = new Map<number, Trial>();
  const read = new Map<number, CachedTrial>();
  for (const { id, version, ...stored } of rows) {
    const found = openSized(version, stored) ?? cached.get(id);
    if (!found) continue;
    trials.set(id, found.trial);
    read.set(id, found);
  }
  cache.keep(read);
  return trials;
}

/** Loads versions of trials, keyed `trialId/version`; cached ones are not read again. */
export async function loadVersions(
  tx: Tx,
  wanted: { trialId: number; version: number }[],
  cache = new TrialCache(),
): Promise<Map<string, Trial>> {
  const keys = new Map(wanted.map((one) => [`${one.trialId}/${one.version}`, one]));
  const found = new Map<string, CachedTrial>();
  for (const [key] of keys) {
    const known = cache.get(key);
    if (known) found.set(key, known);
  }
  const missing = [...keys].flatMap(([key, one]) => (found.has(key) ? [] : one));
  if (missing.length > 0) {
    const { rows } = await sql<{ trialId: number; version: number } & SizedVersion>`
      select v.trial_id as "trialId", v.version, ${sizedVersion} from trial_versions v
      join unnest(${missing.map((w) => w.trialId)}::bigint[], ${missing.map((w) => w.version)}::int[]) as w (trial_id, version)
        on w.trial_id = v.trial_id and w.version = v.version`.execute(tx);
    for (const { trialId, version, ...stored } of rows) {
      const opened = openSized(version, stored);
      if (opened) found.set(`${trialId}/${version}`, opened);
    }
  }
  cache.keep(found);
  return new Map([...found].map(([key, { trial }]) => [key, trial]));
}
