import type { Change } from '../change.ts';
import { statusBucket } from '../weight.ts';

/** Whether a change must not be told without whom to talk to: every pause, stop or closing, of a trial, a site or expanded access (D9). */
export function needsAdvice(change: Change): boolean {
  if (change.kind === 'site-removed' || change.kind === 'why-stopped') return true;
  if (change.facet === 'expanded-access' && (change.after === false || change.after === null)) return true;
  if (change.facet !== 'status' && change.facet !== 'sites' && change.facet !== 'expanded-access')
    return false;
  const bucket = statusBucket(change.after);
  return bucket === 'closed' || bucket === 'paused' || bucket === 'stopped';
}
