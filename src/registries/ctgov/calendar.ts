import type { Day, Trial, TrialStatus } from '../../core/trial.ts';

/**
 * The registry shows a trial as UNKNOWN from the month after this many months without the sponsor's
 * confirmation.
 */
const monthsUntilUnknown = 24;

const canBecomeUnknown: readonly TrialStatus[] = [
  'RECRUITING',
  'NOT_YET_RECRUITING',
  'ACTIVE_NOT_RECRUITING',
  'ENROLLING_BY_INVITATION',
];

/**
 * Whether the registry turned a trial UNKNOWN by its own rule, without a posted update: its status was open,
 * it was not confirmed for two years, and its completion date is past (ClinicalTrials.gov, glossary, "Unknown
 * status").
 */
export function isUnknownByCalendar(before: Trial, after: Trial, on: Day): boolean {
  if (after.status !== 'UNKNOWN' || !canBecomeUnknown.includes(before.status) || after.verifiedOn === null)
    return false;
  const twoYearsOn = Temporal.PlainYearMonth.from(after.verifiedOn.slice(0, 7)).add({
    months: monthsUntilUnknown,
  });
  const month = Temporal.PlainYearMonth.from(on.slice(0, 7));
  const completion = (after.completionDate ?? after.primaryCompletionDate)?.date;
  const isPast = completion === undefined || completion <= on;
  return Temporal.PlainYearMonth.compare(month, twoYearsOn) > 0 && isPast;
}
