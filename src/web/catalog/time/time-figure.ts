import { findDateFault } from '../../../core/dates.ts';
import { dayMs } from '../../../core/instants.ts';
import type { Instant, PartialDate } from '../../../core/trial.ts';
import { type Mark, markOf } from '../../../core/wording/shape/marks.ts';
import type { StatusSpan } from './status-history.ts';

/** A date for the figure; `before` is where it stood before it was moved. */
export type FigureDate = { label: string; date: PartialDate; before: PartialDate | null };

/** Where everything stands in the figure, in percent of its width. The template draws it. */
export type TimeFigure = {
  from: number;
  to: number;
  ticks: { x: string; label: string }[];
  now: string;
  /** The time before the first reading: its width, and its label, if that fits into it. Null if none of it is shown. */
  unwatched: { width: string; label: string } | null;
  bars: { x: string; width: string; mark: Mark; isFull: boolean }[];
  dots: { x: string; isPast: boolean; label: { text: string; y: number; anchor: string } | null }[];
  moves: { was: string; from: string; to: string; isLater: boolean }[];
};

const msPerMonth = (365.25 / 12) * dayMs;
const ticksAtMost = 8;
/** Narrower than this, in percent, a bar would not be seen. */
const narrowestBar = 1.2;
/** The width of a letter, in percent of the figure on a phone. */
const letterWidth = 2.1;
const [below, above] = [118, 79];

/**
 * Places a trial's time line: what its status was while we watched it, and its dates. Null if there is nothing but a
 * first reading. Dates that cannot be right are left out, as the list beside the figure says them. `unwatched`: what the
 * time before the first reading is called.
 */
export function timeFigure(
  spans: readonly StatusSpan[],
  dates: readonly FigureDate[],
  { now, unwatched }: { now: Instant; unwatched: string },
): TimeFigure | null {
  const at = Date.parse(now);
  const [first] = spans;
  const placed = dates
    .filter(({ date }) => findDateFault(date) === null)
    .map((one) => ({ ...one, at: middleOf(one.date), was: one.before && middleOf(one.before) }));
  if (!first || placed.length === 0) return null;
  const since = Date.parse(first.from);
  const all = [since, at, ...placed.flatMap((one) => (one.was === null ? one.at : [one.at, one.was]))];
  const years = all.map((ms) => new Date(ms).getUTCFullYear());
  const [from, to] = [Math.min(...years), Math.max(...years) + 1];
  const [start, end] = [Date.UTC(from, 0), Date.UTC(to, 0)];
  const xOf = (ms: number) => ((ms - start) / (end - start)) * 100;
  const step = Math.ceil((to - from) / ticksAtMost);
  const unwatchedWidth = xOf(since);
  const isLabelWithin = (unwatched.length + 1) * letterWidth < unwatchedWidth;
  const ticks = Array.from({ length: Math.ceil((to - from) / step) }, (_, n) => from + n * step);
  return {
    from,
    to: to - 1,
    ticks: ticks.map((year) => ({ x: percent(xOf(Date.UTC(year, 0))), label: String(year) })),
    now: percent(xOf(at)),
    unwatched:
      since - start > msPerMonth
        ? { width: percent(unwatchedWidth), label: isLabelWithin ? unwatched : '' }
        : null,
    bars: spans.map(({ status, from: begun, to: ended }) => {
      const mark = markOf(status) ?? 'unknown';
      const x = xOf(Date.parse(begun));
      const width = Math.max(xOf(Date.parse(ended)) - x, narrowestBar);
      return { x: percent(x), width: percent(width), mark, isFull: mark === 'open' };
    }),
    dots: placeDots(placed, xOf),
    moves: placed.flatMap(({ at: is, was }) => {
      const gap = was === null ? 0 : xOf(is) - xOf(was);
      if (was === null || Math.abs(gap) < 8) return [];
      const aside = Math.sign(gap) * 2.6;
      return [
        {
          was: percent(xOf(was)),
          from: percent(xOf(was) + aside),
          to: percent(xOf(is) - aside * 1.6),
          isLater: gap > 0,
        },
      ];
    }),
  };
}

/** Labels stand below and above in turn; one that would touch another is left out, as the list has it. */
function placeDots(
  placed: readonly (FigureDate & { at: number })[],
  xOf: (ms: number) => number,
): TimeFigure['dots'] {
  const ends = new Map([
    [below, -1],
    [above, 16],
  ]);
  return placed
    .toSorted((one, other) => one.at - other.at)
    .map(({ label, date, at }) => {
      const x = xOf(at);
      const width = label.length * letterWidth;
      const anchor = x < width / 2 ? 'start' : x > 100 - width / 2 ? 'end' : 'middle';
      const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2;
      const y = [below, above].find((row) => left > (ends.get(row) ?? 0));
      if (y !== undefined) ends.set(y, left + width + 1);
      return {
        x: percent(x),
        isPast: date.type === 'ACTUAL',
        label: y === undefined ? null : { text: label, y, anchor },
      };
    });
}

/** The middle of the day, month or year that a date names. */
function middleOf({ date }: PartialDate): number {
  const [year = 0, month, day] = date.split('-').map(Number);
  if (month === undefined) return Date.UTC(year, 6, 1);
  return Date.UTC(year, month - 1, day ?? 15);
}

function percent(x: number): string {
  return `${Math.min(100, Math.max(0, x)).toFixed(2)}%`;
}
