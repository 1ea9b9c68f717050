import type { Change, Judgement } from '../change.ts';
import { dateShift } from '../dates.ts';
import type { Trial } from '../trial.ts';

type DateField =
  | 'startDate'
  | 'recruitmentStart'
  | 'recruitmentEnd'
  | 'primaryCompletionDate'
  | 'completionDate';

/** Judges a date. Slips, confirmations and impossible dates are reported; refinements are folded. */
export function judgeDate(field: DateField, kind: string): (before: Trial, after: Trial) => Judgement {
  return (before, after) => {
    const [was, is] = [before[field], after[field]];
    const shift = dateShift(was, is, field === 'startDate' ? null : after.startDate);
    const change: Change = { facet: 'dates', kind, before: was, after: is };
    if (shift.fault) change.implausible = shift.fault;
    switch (shift.kind) {
      case 'refined':
      case 'same':
        return { fate: 'folded', reason: 'the same date, more or less precise', change };
      case 'implausible':
        return {
          fate: 'told',
          reason: `a date that cannot be right (${shift.fault}, ${shift.side})`,
          change,
        };
      case 'confirmed':
        return after.status === 'WITHDRAWN'
          ? { fate: 'folded', reason: 'called actual, of a trial that was withdrawn', change }
          : { fate: 'told', reason: 'estimated to actual', change };
      case 'unconfirmed':
        return { fate: 'told', reason: 'actual to estimated', change };
      case 'set':
      case 'cleared':
        return {
          fate: 'told',
          reason: `the date was ${shift.kind === 'set' ? 'added' : 'removed'}`,
          change,
        };
      case 'slip':
        return { fate: 'told', reason: sizeOf(shift.months ?? 0, shift.days, shift.direction), change };
    }
  };
}

function sizeOf(months: number, days: number | undefined, direction: string | undefined): string {
  return days !== undefined && days < 45 ? `${days} days ${direction}` : `${months} months ${direction}`;
}
