import { type Change, statusIn } from '../change.ts';
import { dateShift } from '../dates.ts';
import type { PartialDate } from '../trial.ts';
import { statusBucket } from '../weight.ts';

/** The sections of a report, in reading order. */
export const reportGroups = ['opened', 'closed', 'slipped', 'sites', 'other'] as const;
/** The name of a section. */
export type ReportGroup = (typeof reportGroups)[number];

/**
 * The section of a change in a report. `opened`: now listed as open to participants, or new in the registry.
 * `closed`: closed, paused, stopped or finished. `slipped`: a date moved to later.
 */
export function groupOf(change: Change): ReportGroup {
  const { facet, kind, before, after } = change;
  if (facet === 'sites') return 'sites';
  if (facet === 'dates') {
    const shift = dateShift(before as PartialDate | null, after as PartialDate | null);
    return shift.kind === 'slip' && shift.direction === 'later' ? 'slipped' : 'other';
  }
  if (kind === 'registered' || kind === 'entered') return 'opened';
  if (kind === 'removed' || kind === 'left') return 'closed';
  if (facet === 'expanded-access' && typeof after === 'boolean') return after ? 'opened' : 'closed';
  if (kind === 'country-removed') return 'closed';
  if (kind !== 'status' && facet !== 'expanded-access' && facet !== 'countries') return 'other';
  const bucket = statusBucket(statusIn(after));
  if (bucket === 'opened') return 'opened';
  return bucket === 'closed' || bucket === 'paused' || bucket === 'stopped' || bucket === 'finished'
    ? 'closed'
    : 'other';
}
