import {
  type Candidate,
  type DigestInputs,
  type FollowedSubscription,
  isNarrowed,
} from '../../core/digests/compose.ts';
import { withholdFacets } from '../../core/withhold.ts';
import { loadNewestTrials, loadVersions, type TrialCache } from '../catalog/versions.ts';
import type { Tx } from '../connect.ts';
import { loadBeforeHeld } from '../ingest/holds.ts';
import { listLinkedTrials } from './linked-trials.ts';

/**
 * Loads the trials of candidates and their records in other registries; for held changes, the values reported last; and for subscriptions with filters or
 * exclusions, the earlier versions.
 */
export async function loadDigestInputs(
  tx: Tx,
  candidates: readonly Candidate[],
  follows: ReadonlyMap<number, FollowedSubscription>,
  cache?: TrialCache,
): Promise<DigestInputs> {
  const filtered = candidates.filter(({ subscriptionId }) => {
    const follow = follows.get(subscriptionId);
    return follow !== undefined && isNarrowed(follow);
  });
  const ids = [...new Set(candidates.map(({ trialId }) => trialId))];
  const links = await listLinkedTrials(tx, ids);
  const trials = await loadReleasedTrials(tx, [...new Set([...ids, ...[...links.values()].flat()])], cache);
  const before = await loadVersions(
    tx,
    filtered.map(({ trialId, version }) => ({ trialId, version: version - 1 })),
    cache,
  );
  return { trials, before, links };
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
