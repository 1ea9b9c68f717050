import {
  type Candidate,
  type DigestInputs,
  type FollowedSubscription,
  isNarrowed,
} from '../../core/digests/compose.ts';
import { withholdFacets } from '../../core/withhold.ts';
import { loadNewestTrials, loadVersions, TrialCache } from '../catalog/versions.ts';
import type { Tx } from '../connect.ts';
import { loadBeforeHeld } from '../ingest/holds.ts';
import { findLinkedTrials } from './linked-trials.ts';

/**
 * What was read of trials a moment ago: their records in other registries, and the newest version of those without held
 * changes.
 */
export type KnownTrials = { links: Map<number, number[]>; newest: Map<number, number> };

/**
 * Loads the trials of candidates and their records in other registries; for held changes, the values reported last; and for subscriptions with filters or
 * exclusions, the earlier versions. What is `known` is not read again.
 */
export async function loadDigestInputs(
  tx: Tx,
  candidates: readonly Candidate[],
  follows: ReadonlyMap<number, FollowedSubscription>,
  cache = new TrialCache(),
  known: KnownTrials = { links: new Map(), newest: new Map() },
): Promise<DigestInputs> {
  const filtered = candidates.filter(({ subscriptionId }) => {
    const follow = follows.get(subscriptionId);
    return follow !== undefined && isNarrowed(follow);
  });
  const ids = [...new Set(candidates.map(({ trialId }) => trialId))];
  const links = await findLinkedTrials(tx, ids, known.links);
  const all = new Set(ids.flatMap((id) => [id, ...(links.get(id) ?? [])]));
  const trials = await findReleasedTrials(tx, [...all], cache, known.newest);
  const before = await loadVersions(
    tx,
    filtered.map(({ trialId, version }) => ({ trialId, version: version - 1 })),
    cache,
  );
  return { trials, before, links };
}

/** Trials as mails show them: read if they are not in the cache in the version that is known as the newest. */
async function findReleasedTrials(
  tx: Tx,
  ids: readonly number[],
  cache: TrialCache,
  newest: Map<number, number>,
): Promise<DigestInputs['trials']> {
  const found = ids.flatMap((id) => {
    const cached = cache.get(id);
    return cached && cached.version === newest.get(id) ? [[id, cached] as const] : [];
  });
  cache.keep(found);
  const trials = new Map(found.map(([id, { trial }]) => [id, trial]));
  const missing = ids.filter((id) => !trials.has(id));
  if (missing.length === 0) return trials;
  for (const [id, trial] of await loadReleasedTrials(tx, missing, cache)) {
    trials.set(id, trial);
    const cached = cache.get(id);
    // With held changes it is another object, in which earlier values stand.
    if (cached?.trial === trial) newest.set(id, cached.version);
  }
  return trials;
}

/** Trials as mails show them: the newest version, with earlier values for held changes. */
export async function loadReleasedTrials(
  tx: Tx,
  ids: number[],
  cache?: TrialCache,
): Promise<DigestInputs['trials']> {
  const trials = await loadNewestTrials(tx, ids, cache);
  for (const [trialId, held] of Map.groupBy(await loadBeforeHeld(tx, ids), (one) => one.trialId)) {
    const newest = trials.get(trialId);
    if (newest) trials.set(trialId, withholdFacets(newest, held));
  }
  return trials;
}
