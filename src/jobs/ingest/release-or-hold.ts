import { type HeldFacet, judgeRewording, judgeRun, usualShares } from '../../core/anomaly-hold.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import { lockPositions, releaseChanges } from '../../db/ingest/changes.ts';
import {
  countHeldOf,
  countPendingByFacet,
  discardReturns,
  holdFacets,
  holdFollowing,
  holdOtherTrials,
  readFacetShares,
  writeRunFacets,
} from '../../db/ingest/holds.ts';
import { writeRunTransitions } from '../../db/ingest/transitions.ts';
import type { RunKind } from '../../db/schema.ts';

/**
 * Ends a run. Judges all its pending changes, including those of runs that were interrupted before it. Holds
 * the facets that look like the registry's mistake, and later changes of the same trial and facet; releases
 * the rest (C12).
 */
export async function releaseOrHoldChanges(
  tx: Tx,
  run: { id: number; registry: string; kind: RunKind; compared: number; reworded: number },
  now: Instant,
): Promise<{ released: number; held: number; because: HeldFacet[] }> {
  // An admin's decision must not fall between holding these changes and holding those that wait for them.
  await lockPositions(tx);
  // Before judging: a run in which discarded values return is not an anomaly.
  await discardReturns(tx, run.registry);
  await holdOtherTrials(tx, run);
  const { changedTrials, figures } = await countPendingByFacet(tx, run.registry);
  const rewording = judgeRewording(run, figures);
  const usual = usualShares(run.registry, await readFacetShares(tx, run));
  const because = rewording.length > 0 ? rewording : judgeRun(changedTrials, figures, usual);
  await writeRunFacets(tx, run.id, figures, because);
  await writeRunTransitions(tx, run);
  const facets = because.map(({ facet }) => facet);
  await holdFacets(tx, run, facets);
  await holdFollowing(tx, run.registry);
  const held = await countHeldOf(tx, run.id);
  const released = await releaseChanges(tx, run.registry, now);
  return { released, held, because };
}
