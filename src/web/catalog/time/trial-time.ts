import type { Instant, PartialDate, Trial } from '../../../core/trial.ts';
import { shapeOf } from '../../../core/wording/shape/change-shape.ts';
import type { Mark } from '../../../core/wording/shape/marks.ts';
import { type ChangeShape, statusChip } from '../../../core/wording/shape/shape.ts';
import type { Wording } from '../../../core/wording/wording.ts';
import type { TrialPage } from '../../../db/catalog/trial-pages.ts';
import { type DatedChange, datesBefore, type StatusSpan, statusHistory } from './status-history.ts';
import { type TimeFigure, timeFigure } from './time-figure.ts';

/** A trial's status and dates over time: a figure, and the list that says all of it. */
export type TimeView = {
  figure: TimeFigure | null;
  /** Oldest first. `since` has its words, such as “since November 5, 2026”. */
  statuses: { text: string; mark: Mark | null; since: string }[];
  /** With the newest move, if there was one. */
  dates: { label: string; value: string; move: ChangeShape | null }[];
  /** The days on which the registry posted the record, its last update and its results. */
  posted: { label: string; value: string }[];
};

const dateFields = [
  ['startDate', 'start', 'start-date'],
  ['recruitmentStart', 'recruitment-start', 'recruitment-start'],
  ['recruitmentEnd', 'recruitment-end', 'recruitment-end'],
  ['primaryCompletionDate', 'primary-completion', 'primary-completion-date'],
  ['completionDate', 'completion', 'completion-date'],
] as const;

/** Puts a trial's status and dates over time into words and places. `changes`: newest first. */
export function viewTime(
  wording: Wording,
  stored: Pick<TrialPage, 'trial' | 'watchedSince' | 'removedAt'>,
  changes: readonly DatedChange[],
  { now, timezone }: { now: Instant; timezone: string },
): TimeView {
  const { trial, watchedSince, removedAt } = stored;
  const spans = statusHistory(changes, trial.status, { since: watchedSince, until: removedAt ?? now });
  const before = datesBefore(changes);
  const dated = dateFields.flatMap(([field, source, kind]) => {
    const date = trial[field];
    return date === null ? [] : [{ date, source, kind, moved: before.get(kind) }];
  });
  return {
    figure: timeFigure(
      spans,
      dated.map(({ date, kind, moved }) => ({
        label: wording.say(`trial.time.${kind}`),
        date,
        before: moved?.before ?? null,
      })),
      { now, unwatched: wording.say('trial.time.unwatched') },
    ),
    statuses: spans.map((span) => ({
      ...statusChip(wording, span.status),
      since: sinceWhen(wording, span, timezone),
    })),
    dates: dated.map(({ date, source, moved }) => ({
      label: wording.say(`trial.source.${source}`),
      value: dateWithType(wording, date),
      move: moved ? shapeOf(wording, moved.change, trial) : null,
    })),
    posted: postedDates(wording, trial),
  };
}

/** Since when the last status has been listed, as far as we saw it. */
export function sinceWhen(wording: Wording, { from, isSeen }: StatusSpan, timezone: string): string {
  const date = wording.dayOf(from, timezone);
  return wording.say(isSeen ? 'trial.time.since' : 'trial.time.at-least', { date });
}

function dateWithType(wording: Wording, date: PartialDate): string {
  return wording.say('trial.date', { date: wording.date(date), type: date.type ?? 'none' });
}

function postedDates(wording: Wording, trial: Trial): TimeView['posted'] {
  const rows: [source: string, date: string | null][] = [
    ['first-posted', trial.firstPostedOn],
    ['last-update', trial.lastUpdatePostedOn],
    ['results', trial.resultsPostedOn],
  ];
  return rows.flatMap(([source, date]) =>
    date === null ? [] : [{ label: wording.say(`trial.source.${source}`), value: wording.date(date) }],
  );
}
