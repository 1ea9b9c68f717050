import type { Change } from '../change.ts';
import { wordOfStatus } from '../status-groups.ts';
import type { Trial } from '../trial.ts';

/**
 * What a status rests on that the registry does not state: the day that made it and the record's last edit, or
 * the registry's word for the countries that have it.
 */
export function groundOf(before: Trial, after: Trial): Pick<Change, 'basis' | 'dated' | 'listedAs'> {
  if (after.statusBasis === 'stated') return {};
  const date = after.statusBasis === 'dates' ? dateOf(before, after) : null;
  const word = wordOfStatus(after);
  if (date === null) return { basis: after.statusBasis, ...(word === null ? {} : { listedAs: word }) };
  return { basis: after.statusBasis, dated: { on: date.date, editedOn: after.lastUpdatePostedOn } };
}

function dateOf(before: Trial, { status, recruitmentStart, recruitmentEnd, completionDate }: Trial) {
  if (status === 'COMPLETED') return completionDate;
  if (status === 'ACTIVE_NOT_RECRUITING')
    return (before.status === 'COMPLETED' ? completionDate : null) ?? recruitmentEnd;
  const hadEnded = before.status === 'ACTIVE_NOT_RECRUITING' || before.status === 'COMPLETED';
  return status === 'RECRUITING' && hadEnded ? recruitmentEnd : recruitmentStart;
}
