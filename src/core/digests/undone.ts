import type { Change } from '../change.ts';

const moves = new Set(['recruitment-start', 'recruitment-end', 'start-date']);

/**
 * Leaves out a status that only takes back what the calendar said some days before, where the moved date that
 * did it is told as well. A reader who gets no dates keeps it: the former status would be untrue.
 */
export function withoutUndoneStatus(changes: readonly Change[]): Change[] {
  const isDateTold = changes.some(({ facet, kind }) => facet === 'dates' && moves.has(kind));
  return changes.filter(({ undoes }) => !(undoes && isDateTold));
}
