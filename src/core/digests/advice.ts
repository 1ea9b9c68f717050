import { type Change, statusIn } from '../change.ts';
import { isAccessStatus } from '../status-groups.ts';
import type { TrialStatus } from '../trial.ts';
import { statusBucket } from '../weight.ts';

/**
 * Whether a change must come with advice on whom to talk to (D9): every pause, stop or closing of a trial,
 * a site or a country, except where nobody took part (withdrawn, or never opened), and except expanded access. `status`
 * is the trial's own.
 */
export function needsAdvice(change: Change, status: TrialStatus | null = null): boolean {
  const { facet, kind } = change;
  const [before, after] = [statusIn(change.before), statusIn(change.after)];
  if (kind === 'why-stopped') return status !== 'WITHDRAWN';
  if (kind === 'site-removed' || kind === 'country-removed') return !hadNobody.has(before ?? status);
  if (facet !== 'status' && facet !== 'sites' && facet !== 'countries') return false;
  if (after === 'WITHDRAWN' || isAccessStatus(after)) return false;
  const bucket = statusBucket(after);
  if (bucket === 'paused' || bucket === 'stopped') return lastKnown(change) !== 'NOT_YET_RECRUITING';
  return bucket === 'closed';
}

/**
 * Statuses of a trial or site without participants. Sites have no status of their own while their trial does
 * not recruit.
 */
const hadNobody: ReadonlySet<unknown> = new Set(['WITHDRAWN', 'NOT_YET_RECRUITING']);

function lastKnown({ before, lastKnownStatus }: Change) {
  return before === 'UNKNOWN' ? lastKnownStatus : statusIn(before);
}
