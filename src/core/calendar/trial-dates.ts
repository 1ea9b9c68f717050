import type { Instant, PartialDate, Trial } from '../trial.ts';

/** The dates of a trial for a calendar, by the kind of change that tells of each. */
const dateFields = {
  'start-date': 'startDate',
  'recruitment-start': 'recruitmentStart',
  'recruitment-end': 'recruitmentEnd',
  'primary-completion-date': 'primaryCompletionDate',
  'completion-date': 'completionDate',
} as const satisfies Record<string, keyof Trial>;

/** The kinds of changes that tell of a date. */
export type DateKind = keyof typeof dateFields;
/** All of them. */
export const dateKinds = Object.keys(dateFields) as DateKind[];

/** A stored change of a date, and when it was released; null while it waits or is held. */
export type DateChange = {
  kind: DateKind;
  before: PartialDate | null;
  after: PartialDate | null;
  releasedAt: Instant | null;
};

/** A date as readers know it now. */
export type TrialDate = {
  kind: DateKind;
  date: PartialDate;
  /** Where it stood before its last move. */
  movedFrom: PartialDate | null;
  /** When the record ceased to give it; null while it does. */
  withdrawnAt: Instant | null;
  /** The number of its changes so far. */
  moves: number;
  changedAt: Instant;
};

/**
 * The dates of a trial, with those that were withdrawn. A change that is not released counts as not made. `changes` are
 * in the order in which they were found.
 */
export function listTrialDates(
  trial: Trial,
  changes: readonly DateChange[],
  { watchedSince, removedAt }: { watchedSince: Instant; removedAt: Instant | null },
): TrialDate[] {
  return dateKinds.flatMap((kind) => {
    const own = changes.filter((change) => change.kind === kind);
    const unreleased = own.find(({ releasedAt }) => releasedAt === null);
    const released = own.filter(({ releasedAt }) => releasedAt !== null);
    const last = released.at(-1);
    const changedAt = last?.releasedAt ?? watchedSince;
    const now = unreleased ? unreleased.before : trial[dateFields[kind]];
    const date = now ?? last?.before;
    if (!date) return [];
    const withdrawnAt = now === null ? changedAt : removedAt;
    return {
      kind,
      date,
      movedFrom: now === null ? null : (last?.before ?? null),
      withdrawnAt,
      moves: released.length + (removedAt === null ? 0 : 1),
      changedAt: removedAt ?? changedAt,
    };
  });
}
