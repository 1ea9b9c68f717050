import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import { lockPositions, releaseChanges } from '../../db/ingest/changes.ts';
import { discardReturns, holdFollowing, recountHeld, settleHeldBy } from '../../db/ingest/holds.ts';
import { lockRun } from '../../db/ingest/runs.ts';
import type { HeldPart } from '../../db/ingest/transitions.ts';
import { TrialbellError } from '../../errors.ts';
import type { UseCaseContext } from '../context.ts';
import { enqueueReleased } from '../enqueue-released.ts';

type Context = Pick<UseCaseContext, 'db' | 'enqueue'>;

/** Runs in a decision's transaction, with the number of changes decided. */
export type Beside = (tx: Tx, count: number) => Promise<void>;

/**
 * Releases a run's held changes, or a part of them, to the followers of those trials. The rest stays held. Returns
 * the number of changes. Throws a TrialbellError if nothing of it is held there, or if an earlier run must be decided
 * first.
 */
export async function releaseHeldChanges(
  deps: Context,
  runId: number,
  part: HeldPart,
  now: Instant,
  beside: Beside = async () => {},
): Promise<number> {
  const count = await deps.db.transaction().execute(async (tx) => {
    const { registry, freed } = await settle(tx, runId, part, 'pending');
    const released = await releaseChanges(tx, registry, now, freed);
    if (released === 0) {
      throw new TrialbellError(
        `The changes held in run ${runId} follow on changes held in an earlier run: decide about that first. See: trialbell runs`,
      );
    }
    await beside(tx, released);
    return released;
  });
  await enqueueReleased(deps, now);
  return count;
}

/**
 * Discards a run's held changes, or a part of them, as the registry's mistake: their values become the baseline.
 * Nobody is notified of them, or of a later return to the former value. Changes that only waited for them continue.
 * Returns the number discarded. Throws a TrialbellError if nothing of it is held there.
 */
export async function discardHeldChanges(
  deps: Context,
  runId: number,
  part: HeldPart,
  now: Instant,
  beside: Beside = async () => {},
): Promise<number> {
  const count = await deps.db.transaction().execute(async (tx) => {
    const { registry, freed, discarded } = await settle(tx, runId, part, 'discarded');
    await discardReturns(tx, registry);
    await releaseChanges(tx, registry, now, freed);
    await beside(tx, discarded);
    return discarded;
  });
  await enqueueReleased(deps, now);
  return count;
}

/**
 * Decides about a part of what a run holds, and updates the counts of the runs: its own changes become `own`, those
 * that only waited pending. What still follows on a held change is held on.
 */
async function settle(
  tx: Tx,
  runId: number,
  part: HeldPart,
  own: 'pending' | 'discarded',
): Promise<{ registry: string; freed: number[]; discarded: number }> {
  await lockPositions(tx);
  const registry = await lockRun(tx, runId);
  const settled = await settleHeldBy(tx, runId, part, own);
  if (registry === null || settled.length === 0) {
    const what =
      part === null
        ? 'Nothing'
        : typeof part === 'string'
          ? `Nothing of the facet ${part}`
          : 'Nothing of these kinds';
    throw new TrialbellError(
      `${what} is held in run ${runId}: it was decided already, was never held, or there is no such run. See: trialbell runs`,
    );
  }
  await holdFollowing(tx, registry);
  await recountHeld(tx, [...new Set([runId, ...settled.map((change) => change.runId)])]);
  const freed = settled.flatMap(({ id, state }) => (state === 'pending' ? [id] : []));
  return { registry, freed, discarded: settled.length - freed.length };
}
