import type { Change } from '../change.ts';
import type { Day, PartialDate, Trial, TrialStatus } from '../trial.ts';
import { judgeDate } from './date-changes.ts';

/** The dates of a version, by the names that a trial has for them. */
export type HistoryDates = {
  [Field in keyof typeof kinds]: PartialDate | null;
};

/**
 * A version in a registry's own history: its day there, and its status and dates. `dates` is null where they were not
 * read. Nothing else of it is kept.
 */
export type HistoryVersion = { day: Day; status: TrialStatus; dates: HistoryDates | null };

/** What a version of a registry's history has that the one before it had not. */
export type HistoryStep = { day: Day; status: TrialStatus; isFirst: boolean; changes: Change[] };

const kinds = {
  startDate: 'start-date',
  primaryCompletionDate: 'primary-completion-date',
  completionDate: 'completion-date',
} as const;
const fields = Object.keys(kinds) as (keyof typeof kinds)[];

/**
 * The steps of a history, newest first: what the first version said, and then each change of status and dates, judged
 * by the same rules as changes that were read. Versions without such a change are left out.
 */
export function stepsOf(versions: readonly HistoryVersion[]): HistoryStep[] {
  const steps = versions.map((version, at): HistoryStep => {
    const earlier = versions[at - 1] ?? null;
    const { day, status } = version;
    return { day, status, isFirst: earlier === null, changes: changesBetween(earlier, version) };
  });
  return steps.filter(({ changes }) => changes.length > 0).reverse();
}

function changesBetween(earlier: HistoryVersion | null, later: HistoryVersion): Change[] {
  const status: Change = {
    facet: 'status',
    kind: 'status',
    before: earlier?.status ?? null,
    after: later.status,
  };
  return [...(earlier?.status === later.status ? [] : [status]), ...dateChanges(earlier, later)];
}

function dateChanges(earlier: HistoryVersion | null, later: HistoryVersion): Change[] {
  if (later.dates === null) return [];
  const before = { status: earlier?.status, ...(earlier?.dates ?? none) };
  const after = { status: later.status, ...later.dates };
  return fields
    .map((field) => judgeDate(field, kinds[field])(before as Trial, after as Trial))
    .flatMap(({ fate, change }) => (fate === 'told' && change ? [change] : []));
}

const none: HistoryDates = { startDate: null, primaryCompletionDate: null, completionDate: null };
