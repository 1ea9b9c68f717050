import { hash } from 'node:crypto';
import { normaliseText } from '../../core/text/text.ts';
import type { Day } from '../../core/trial.ts';
import type { RawStudy } from './schema.ts';
import type { Submission, UnpostedEvent } from './study-parts.ts';

/**
 * The day on which results were submitted that still await the registry's review: the newest submission,
 * unless it was sent back (reset) or withdrawn (unreleased). The submission tracking is more current than the
 * annotation, which lists a submission only after the review; the annotation counts if there is no tracking.
 */
export function readSubmittedOn(study: RawStudy): Day | null {
  const tracked = study.derivedSection?.miscInfoModule?.submissionTracking?.submissionInfos;
  if (tracked !== undefined && tracked.length > 0) return newestOpen(tracked);
  const events = study.annotationSection?.annotationModule?.unpostedAnnotation?.unpostedEvents;
  return lastUnanswered(events ?? []);
}

function newestOpen(submissions: Submission[]): Day | null {
  let newest: Day | null = null;
  let open = false;
  for (const { releaseDate, resetDate, unreleaseDate, unreleaseDateUnknown } of submissions) {
    if (releaseDate === undefined || (newest !== null && releaseDate < newest)) continue;
    const unanswered = resetDate === undefined && unreleaseDate === undefined && !unreleaseDateUnknown;
    open = releaseDate === newest ? open || unanswered : unanswered;
    newest = releaseDate;
  }
  return open ? newest : null;
}

/** An answer without a date belongs to the newest submission. */
function lastUnanswered(events: UnpostedEvent[]): Day | null {
  const releases = events.flatMap(({ type, date }) => (type === 'RELEASE' && date ? [date] : [])).sort();
  const newest = releases.at(-1);
  if (newest === undefined) return null;
  const answered = events.some(
    ({ type, date }) => type !== 'RELEASE' && (date === undefined || date >= newest),
  );
  return answered ? null : newest;
}

/** The module of the results section that names people and contains no results. */
const personal = 'moreInfoModule';

/** A hash of results tables, independent of order, white space and Unicode form; null if there are none. */
export function hashResults(section: Record<string, unknown> | undefined): string | null {
  if (section === undefined) return null;
  const { [personal]: _, ...tables } = section;
  return hash('sha256', canonical(tables), 'hex').slice(0, 32);
}

function canonical(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(normaliseText(value));
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`);
  return `{${entries.sort().join()}}`;
}
