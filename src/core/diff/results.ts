import type { Change, Judgement } from '../change.ts';
import type { Trial } from '../trial.ts';

const resultsChange = (kind: string, before: string | null, after: string | null): Change => ({
  facet: 'results',
  kind,
  before,
  after,
});

/** Judges the posting of results: posted, withdrawn, or only dated differently. */
export function judgeResultsPosted(before: Trial, after: Trial): Judgement {
  const change = resultsChange('results-posted', before.resultsPostedOn, after.resultsPostedOn);
  if (before.resultsPostedOn === null) return { fate: 'told', reason: 'results were posted', change };
  if (after.resultsPostedOn === null) return { fate: 'told', reason: 'results are no longer posted', change };
  return { fate: 'silent', reason: 'the registry corrected its own date', change: null };
}

/** A state as a value of a change: none is null, as for a registry that gives days. */
const named = (state: Trial['resultsState']) => (state === 'none' ? null : state);

/** Judges how much of the results a registry holds that gives no day for it. */
export function judgeResultsState(before: Trial, after: Trial): Judgement {
  const [was, is] = [before.resultsState, after.resultsState];
  const change = resultsChange('results-posted', named(was), named(is));
  if (is === 'posted' || (is === 'partial' && was !== 'posted'))
    return { fate: 'told', reason: 'results were posted', change };
  return was === 'posted' || was === 'partial'
    ? { fate: 'told', reason: 'results are no longer posted', change }
    : { fate: 'silent', reason: 'still no results', change: null };
}

/**
 * Judges the submission of results for review. Their return to the sponsor and their posting are not told
 * here.
 */
export function judgeResultsSubmitted(before: Trial, after: Trial): Judgement {
  const [was, is] = [before.resultsSubmittedOn, after.resultsSubmittedOn];
  const change = resultsChange('results-submitted', was, is);
  if (is === null && after.resultsPostedOn !== null) {
    return { fate: 'silent', reason: 'the review ended with the posting', change: null };
  }
  if (is === null)
    return { fate: 'folded', reason: 'the submitted results went back to the sponsor', change };
  if (was !== null && is < was)
    return { fate: 'silent', reason: 'an older submission is listed', change: null };
  return { fate: 'told', reason: 'results were submitted and are under review', change };
}

/** Judges the results tables. If they appear or disappear with the posting, that is told instead. */
export function judgeResultsHash(before: Trial, after: Trial): Judgement {
  if (before.resultsPostedOn === null || after.resultsPostedOn === null) {
    return { fate: 'folded', reason: 'comes with the posting', change: null };
  }
  if (before.resultsHash === null || after.resultsHash === null) {
    return { fate: 'silent', reason: 'the tables were not in both records', change: null };
  }
  const change = resultsChange('results-updated', before.resultsHash, after.resultsHash);
  return { fate: 'told', reason: 'the results tables changed', change };
}
