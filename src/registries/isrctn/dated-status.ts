import type { Day, PartialDate, Trial, TrialStatus } from '../../core/trial.ts';

/** The words that stand above the dates, and our status for each. Any other word is not understood (C9). */
const overrides: Readonly<Record<string, TrialStatus>> = {
  stopped: 'TERMINATED',
  suspended: 'SUSPENDED',
};

/** Our status for the registry's overriding word; undefined for a word that is not known. */
export function statusOfWord(word: string): TrialStatus | undefined {
  return overrides[word.toLowerCase()];
}

type Dates = Pick<Trial, 'recruitmentStart' | 'recruitmentEnd' | 'completionDate'>;

/**
 * The status that follows from a record's dates on a day, as the registry's own pages derive it: not yet
 * recruiting before the start of recruitment; recruiting until the last day, which still counts; then no
 * longer recruiting, which for us is completed after the end of the trial.
 */
function statusByDates({ recruitmentStart, recruitmentEnd, completionDate }: Dates, day: Day): TrialStatus {
  if (recruitmentStart !== null && recruitmentStart.date > day) return 'NOT_YET_RECRUITING';
  if (recruitmentEnd === null || recruitmentEnd.date >= day) return 'RECRUITING';
  return completionDate !== null && completionDate.date < day ? 'COMPLETED' : 'ACTIVE_NOT_RECRUITING';
}

/** A day of the future is an estimate; whether a past one is actual, the registry does not say. */
function typed(date: PartialDate | null, isPast: boolean): PartialDate | null {
  const type = isPast ? null : 'ESTIMATED';
  return date === null || date.type === type ? date : { ...date, type };
}

/** The trial as its dates tell on a day. Pure. A status that the registry states stays. */
export function statusOn(trial: Trial, day: Day): Trial {
  const begun = (date: PartialDate | null) => typed(date, date !== null && date.date <= day);
  const over = (date: PartialDate | null) => typed(date, date !== null && date.date < day);
  return {
    ...trial,
    status: trial.statusBasis === 'dates' ? statusByDates(trial, day) : trial.status,
    startDate: begun(trial.startDate),
    recruitmentStart: begun(trial.recruitmentStart),
    recruitmentEnd: over(trial.recruitmentEnd),
    completionDate: over(trial.completionDate),
  };
}

/** The next day after `day` on which the dates of a trial tell something else; null if never. */
export function nextTurn(trial: Trial, day: Day): Day | null {
  if (trial.statusBasis !== 'dates') return null;
  const after = (date: PartialDate | null) =>
    date === null ? [] : [Temporal.PlainDate.from(date.date).add({ days: 1 }).toString()];
  const turns = [
    ...(trial.recruitmentStart === null ? [] : [trial.recruitmentStart.date]),
    ...after(trial.recruitmentEnd),
    ...after(trial.completionDate),
  ];
  return turns.filter((turn) => turn > day).sort()[0] ?? null;
}

/** Whether a status changed because of the day alone: it rests on dates, and those stayed. */
export function isTurnOfDates(before: Trial, after: Trial): boolean {
  const days = ({ recruitmentStart, recruitmentEnd, completionDate }: Trial) =>
    [recruitmentStart, recruitmentEnd, completionDate].map((date) => date?.date).join();
  const isByDates = before.statusBasis === 'dates' && after.statusBasis === 'dates';
  return isByDates && before.status !== after.status && days(before) === days(after);
}
