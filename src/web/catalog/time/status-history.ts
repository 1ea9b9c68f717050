import type { Change } from '../../../core/change.ts';
import type { Instant, PartialDate, TrialStatus } from '../../../core/trial.ts';
import { asDate } from '../../../core/wording/format-dates.ts';

/** A change, and when it was read. */
export type DatedChange = { change: Change; detectedAt: Instant };

/** A status, and from when to when it was listed as far as we read it. */
export type StatusSpan = {
  status: string;
  from: Instant;
  to: Instant;
  /** We saw it begin; else it was so at the first reading. */
  isSeen: boolean;
};

/**
 * The statuses that a record had since it was first read, oldest first. Nothing is said of the time before: `changes`,
 * newest first, are the only witnesses.
 */
export function statusHistory(
  changes: readonly DatedChange[],
  present: TrialStatus,
  { since, until }: { since: Instant; until: Instant },
): StatusSpan[] {
  const turns = changes.filter(({ change }) => change.kind === 'status').toReversed();
  const first = turns[0]?.change.before;
  const spans: StatusSpan[] = [
    { status: typeof first === 'string' ? first : present, from: since, to: until, isSeen: false },
  ];
  for (const { change, detectedAt } of turns) {
    const last = spans.at(-1);
    if (!last || typeof change.after !== 'string' || change.after === last.status) continue;
    last.to = detectedAt;
    spans.push({ status: change.after, from: detectedAt, to: until, isSeen: true });
  }
  return spans;
}

/** The value of each kind of date before its newest change, where that has one. */
export function datesBefore(
  changes: readonly DatedChange[],
): Map<string, DatedChange & { before: PartialDate }> {
  const found = new Map<string, DatedChange & { before: PartialDate }>();
  for (const one of changes) {
    if (one.change.facet !== 'dates' || found.has(one.change.kind)) continue;
    const before = asDate(one.change.before);
    if (before) found.set(one.change.kind, { ...one, before });
  }
  return found;
}
