import { isExcluded, type NarrowedCondition } from '../../core/subscriptions/exclusions.ts';
import type { Db } from '../connect.ts';
import { loadNewestTrials } from './versions.ts';

/**
 * Which of these trials, in their newest versions, each subscription leaves out because its reader said that they do
 * not fit: ids of trials by the subscription's id. Asks nothing if no subscription leaves out anything.
 */
export async function findLeftOut(
  db: Db,
  followed: readonly (NarrowedCondition & { id: number; kind: 'trial' | 'condition' })[],
  trialIds: readonly number[],
): Promise<ReadonlyMap<number, ReadonlySet<number>>> {
  const narrowed = followed.filter(({ kind, exclusions }) => kind === 'condition' && exclusions?.length);
  if (narrowed.length === 0 || trialIds.length === 0) return new Map();
  const trials = await loadNewestTrials(db, [...new Set(trialIds)]);
  return new Map(
    narrowed.map((one) => [
      one.id,
      new Set([...trials].flatMap(([id, trial]) => (isExcluded(trial, one) ? id : []))),
    ]),
  );
}
