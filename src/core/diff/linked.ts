import type { Change, Facet, Fate, Json, Judgement } from '../change.ts';
import type { Trial } from '../trial.ts';
import { isRespelled, spellingKey } from './spelling.ts';

type Judge = (before: Trial, after: Trial) => Judgement;

/**
 * A list of things outside the record. Additions are told. An entry that disappears or is worded differently
 * is a detail. `identify` returns an entry's identity, independent of its wording.
 */
function additions<T extends Json>(
  facet: Facet,
  kind: string,
  of: (trial: Trial) => T[],
  identify: (item: T) => string,
): Judge {
  return (before, after) => {
    const [was, is] = [of(before), of(after)];
    const known = new Set(was.map(identify));
    const isNew = is.some((item) => !known.has(identify(item)));
    const reason = isNew ? `${kind}: entries were added` : `${kind}: entries are gone, or worded differently`;
    return { fate: isNew ? 'told' : 'folded', reason, change: { facet, kind, before: was, after: is } };
  };
}

/** A paper's identity is its number, whatever the citation says. */
const paperId = ({ pmid, citation }: { pmid: string | null; citation: string }) =>
  pmid ?? spellingKey(citation);

/** Judges papers with results. */
export const judgePapers = additions('results', 'paper', (trial) => trial.papers, paperId);
/** Judges retractions of papers. */
export const judgeRetractions = additions(
  'results',
  'paper-retracted',
  (trial) => trial.retractions,
  paperId,
);
/** Judges notices of violations by the U.S. FDA. */
export const judgeViolations = additions(
  'results',
  'violation',
  (trial) => trial.violations,
  ({ type, description, on }) => `${type} ${on} ${spellingKey(description)}`,
);
/** Judges study documents. */
export const judgeDocuments = additions(
  'documents',
  'documents',
  (trial) => trial.documents,
  ({ name, date }) => `${date} ${spellingKey(name)}`,
);

/** Judges the registry's mark for a violation. The notices say more. */
export function judgeViolationMark(before: Trial, after: Trial): Judgement {
  const [was, is] = [before.hasViolation === true, after.hasViolation === true];
  if (was === is) return { fate: 'silent', reason: 'still no violation', change: null };
  const change: Change = { facet: 'results', kind: 'violation-listed', before: was, after: is };
  const isSaid = after.violations.length > before.violations.length;
  return isSaid
    ? { fate: 'folded', reason: 'told with the notice', change: null }
    : { fate: 'told', reason: 'the mark for a violation changed', change };
}

/**
 * Judges a certified delay of results, or a request for more time. Once results are posted, nothing is
 * delayed.
 */
export function judgeResultsDelayed(before: Trial, after: Trial): Judgement {
  const [was, is] = [before.resultsDelayedOn, after.resultsDelayedOn];
  const change: Change = { facet: 'results', kind: 'results-delayed', before: was, after: is };
  if (is === null) return { fate: 'folded', reason: 'the delay of results is no longer listed', change };
  if (was !== null) return { fate: 'silent', reason: 'the registry corrected its own date', change: null };
  return after.resultsPostedOn === null
    ? { fate: 'told', reason: 'results are delayed', change }
    : { fate: 'folded', reason: 'results are posted: nothing is delayed', change };
}

/** Judges the registry's mark for a delayed posting. A missing statement means no. */
export function judgePostingDelayed(before: Trial, after: Trial): Judgement {
  const [was, is] = [before.postingDelayed === true, after.postingDelayed === true];
  if (was === is) return { fate: 'silent', reason: 'still no delay', change: null };
  const change: Change = { facet: 'results', kind: 'posting-delayed', before: was, after: is };
  return { fate: 'told', reason: 'the mark for a delayed posting changed', change };
}

/** Judges the plan to share data: told if the plan itself changes, not its wording. */
export function judgeSharing(before: Trial, after: Trial): Judgement {
  const [was, is] = [before.dataSharing, after.dataSharing];
  const [planned, plans] = [was?.plan ?? null, is?.plan ?? null];
  const facet = 'data-sharing';
  if (planned !== plans) {
    const change: Change = { facet, kind: facet, before: planned, after: plans };
    return { fate: 'told', reason: 'the plan to share data changed', change };
  }
  const words = (sharing: Trial['dataSharing']) => JSON.stringify(sharing);
  const fate: Fate = isRespelled(words(was), words(is)) ? 'silent' : 'folded';
  const change: Change = { facet, kind: `${facet}-details`, before: null, after: null };
  return { fate, reason: 'the details of data sharing changed', change: fate === 'silent' ? null : change };
}
