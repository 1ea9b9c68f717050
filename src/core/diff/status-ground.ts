import type { Change } from '../change.ts';
import type { Trial } from '../trial.ts';

/** What a status that rests on dates rests on: the day that made it, and the record's last edit. */
export function groundOf(before: Trial, after: Trial): Pick<Change, 'basis' | 'dated'> {
  if (after.statusBasis === 'stated') return {};
  const date = after.statusBasis === 'dates' ? dateOf(before, after) : null;
  if (date === null) return { basis: after.statusBasis };
  return { basis: after.statusBasis, dated: { on: date.date, editedOn: after.lastUpdatePostedOn } };
}

function dateOf(before: Trial, { status, recruitmentStart, recruitmentEnd, completionDate }: Trial) {
  if (status === 'COMPLETED') return completionDate;
  if (status === 'ACTIVE_NOT_RECRUITING')
    return (before.status === 'COMPLETED' ? completionDate : null) ?? recruitmentEnd;
  const hadEnded = before.status === 'ACTIVE_NOT_RECRUITING' || before.status === 'COMPLETED';
  return status === 'RECRUITING' && hadEnded ? recruitmentEnd : recruitmentStart;
}
