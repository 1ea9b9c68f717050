import { sql } from 'kysely';
import { completeTrial } from '../../core/complete-trial.ts';
import type { Trial } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';

/** A cache of some trials' newest versions, which never change. It lasts as long as one piece of work. */
export type TrialCache = Map<number, { version: number; trial: Trial }>;

/** The maximum number of cached trials. */
const cachedAtMost = 3_000;

/** Loads the newest versions of these trials; cached ones are not read again. */
export async function loadNewestTrials(
  tx: Db | Tx,
  trialIds: number[],
  cache: TrialCache = new Map(),
): Promise<Map<number, Trial>> {
  // Later entries may push these out of the cache.
  const cached = new Map(trialIds.map((id) => [id, cache.get(id)]));
  const known = trialIds.map((id) => cached.get(id)?.version ?? 0);
  const { rows } = await sql<{ id: number; version: number; trial: Trial | null }>`
    select t.id, t.version, v.trial
    from unnest(${trialIds}::bigint[], ${known}::int[]) as k (id, version) join trials t on t.id = k.id
    left join trial_versions v on v.trial_id = t.id and v.version = t.version and v.version <> k.version`.execute(
    tx,
  );
  const trials = new Map<number, Trial>();
  for (const { id, version, trial } of rows) {
    const found = (trial && completeTrial(trial)) ?? cached.get(id)?.trial;
    if (!found) continue;
    trials.set(id, found);
    cache.delete(id);
    cache.set(id, { version, trial: found });
  }
  for (const id of cache.keys()) {
    if (cache.size <= cachedAtMost) break;
    cache.delete(id);
  }
  return trials;
}

/** Loads versions of trials, keyed `trialId/version`. */
export async function loadVersions(
  tx: Tx,
  wanted: { trialId: number; version: number }[],
): Promise<Map<string, Trial>> {
  if (wanted.length === 0) return new Map();
  const { rows } = await sql<{ trialId: number; version: number; trial: Trial }>`
    select v.trial_id as "trialId", v.version, v.trial from trial_versions v
    join unnest(${wanted.map((w) => w.trialId)}::bigint[], ${wanted.map((w) => w.version)}::int[]) as w (trial_id, version)
      on w.trial_id = v.trial_id and w.version = v.version`.execute(tx);
  return new Map(rows.map((row) => [`${row.trialId}/${row.version}`, completeTrial(row.trial)]));
}
