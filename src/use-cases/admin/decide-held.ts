import type { Facet } from '../../core/change.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import { lockPositions, releaseChanges } from '../../db/ingest/changes.ts';
import {
  discardHeldBy,
  discardReturns,
  holdFollowing,
  recountHeld,
  unholdBy,
} from '../../db/ingest/holds.ts';
import { lockRun } from '../../db/ingest/runs.ts';
import { TrialbellError } from '../../errors.ts';
import type { UseCaseContext } from '../context.ts';

type Context = Pick<UseCaseContext, 'db' | 'enqueue'>;

/** Runs in a decision's transaction, with the number of changes decided. */
export type Beside = (tx: Tx, count: number) => Promise<void>;

/**
 * Releases a run's held changes, of one facet or all, to the followers of those trials. Returns the number of
 * changes. Throws a TrialbellError if nothing is held there, or if an earlier run must be decided first.
 */
export async function releaseHeldChanges(
  { db, enqueue }: Context,
  runId: number,
  facet: Facet | null,
  now: Instant,
  beside: Beside = async () => {},
): Promise<number> {
  const count = await db.transaction().execute(async (tx) => {
    await lockPositions(tx);
    const { registry, ids } = await unhold(tx, runId, facet);
    await holdFollowing(tx, registry);
    const released = await releaseChanges(tx, registry, now, ids);
    if (released === 0) {
      throw new TrialbellError(
        `The changes held in run ${runId} follow on changes held in an earlier run: decide about that first. See: trialbell runs`,
      );
    }
    await beside(tx, released);
    return released;
  });
  await enqueue('plan', {});
  return count;
}

/**
 * Discards a run's held changes, of one facet or all, as the registry's mistake: their values become the
 * baseline. Nobody is notified of them, or of a later return to the former value. Changes that only waited for
 * them continue. Returns the number discarded. Throws a TrialbellError if nothing is held there.
 */
export async function discardHeldChanges(
  { db, enqueue }: Context,
  runId: number,
  facet: Facet | null,
  now: Instant,
  beside: Beside = async () => {},
): Promise<number> {
  const count = await db.transaction().execute(async (tx) => {
    await lockPositions(tx);
    const discarded = await discardHeldBy(tx, runId, facet);
    const { registry, ids } = await unhold(tx, runId, facet, discarded);
    await holdFollowing(tx, registry);
    await discardReturns(tx, registry);
    await releaseChanges(tx, registry, now, ids);
    await beside(tx, discarded);
    return discarded;
  });
  await enqueue('plan', {});
  return count;
}

/**
 * Makes the held changes of a run pending again, and updates the counts of the runs. `already`: the changes
 * just decided.
 */
async function unhold(
  tx: Tx,
  runId: number,
  facet: Facet | null,
  already = 0,
): Promise<{ registry: string; ids: number[] }> {
  const registry = await lockRun(tx, runId);
  const taken = await unholdBy(tx, runId, facet);
  if (registry === null || taken.length + already === 0) {
    const what = facet ? `Nothing of the facet ${facet}` : 'Nothing';
    throw new TrialbellError(
      `${what} is held in run ${runId}: it was decided already, was never held, or there is no such run. See: trialbell runs`,
    );
  }
  await recountHeld(tx, [...new Set([runId, ...taken.map((change) => change.runId)])]);
  return { registry, ids: taken.map(({ id }) => id) };
}
