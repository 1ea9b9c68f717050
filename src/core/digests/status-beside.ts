import { type Change, statusIn } from '../change.ts';
import type { DigestChange } from '../digest-change.ts';
import { statusBucket } from '../weight.ts';

/**
 * Leaves out a trial's new status where the lines of its countries say the same: it opened because they did,
 * or all its countries have it now. Those lines then stand for the trial too. A status with a reason stays.
 */
export function withoutRepeatedStatus(
  changes: readonly Change[],
  { countries }: { countries: readonly string[] },
): DigestChange[] {
  const status = changes.find(({ facet, kind }) => facet === 'status' && kind === 'status');
  if (!status || status.whyStopped !== undefined) return [...changes];
  const isSame = ({ facet, after }: Change) => facet === 'countries' && statusIn(after) === status.after;
  const same = changes.filter(isSame).length;
  const isSaid = same >= countries.length || statusBucket(status.after) === 'opened';
  if (same === 0 || !isSaid) return [...changes];
  return changes
    .filter((change) => change !== status)
    .map((change) => (isSame(change) ? { ...change, withTrial: true } : change));
}

const moves = new Set(['recruitment-start', 'recruitment-end', 'start-date', 'completion-date']);

/**
 * Leaves out a status that only takes back what the calendar said some days before, where the moved date that
 * did it is told as well. A reader who gets no dates keeps it: the former status would be untrue.
 */
export function withoutUndoneStatus(changes: readonly Change[]): Change[] {
  const isDateTold = changes.some(({ facet, kind }) => facet === 'dates' && moves.has(kind));
  return changes.filter(({ undoes }) => !(undoes && isDateTold));
}
