import { type Change, type DateValue, statusIn } from '../change.ts';
import { foldWords } from '../text/text.ts';
import type { Instant } from '../trial.ts';
import { statusBucket } from '../weight.ts';

/** A change of a linked record that a mail told the reader, and when. */
export type ToldElsewhere = { at: Instant; change: Change };

/** For this many days a fact that a linked record told is not told again by another record of the trial. */
export const sameFactDays = 14;

/** The facets whose facts two registries share. Sites, countries and numbers of people are told by each. */
export const sharedFacets = ['status', 'dates', 'results'] as const satisfies Change['facet'][];

/**
 * Whether linked records already told the reader the same fact: a status of the same group as the last one
 * told, posted results, or an equal date. A reason that was not told, a resumption, and a record that is merely
 * no longer confirmed are facts of their own.
 */
export function isToldElsewhere(change: Change, told: readonly ToldElsewhere[]): boolean {
  const alike = told
    .filter((one) => one.change.kind === change.kind && one.change.facet === change.facet)
    .toSorted((a, b) => a.at.localeCompare(b.at));
  const last = alike.at(-1)?.change;
  return last !== undefined && isSameFact(change, last);
}

/** Whether two changes of linked records say the same. */
export function isSameFact(change: Change, other: Change): boolean {
  if (change.facet !== other.facet || change.kind !== other.kind) return false;
  if (change.kind === 'status') return isSameStatus(change, other);
  if (change.kind === 'results-posted') return true;
  return change.facet === 'dates' && isSameDate(change.after as DateValue, other.after as DateValue);
}

function isSameStatus(change: Change, other: Change): boolean {
  const [after, told] = [change, other].map((one) => statusBucket(statusIn(one.after)));
  const isOwnFact = after === 'unknown' || after === 'withheld';
  const wasPaused = ({ before }: Change) => statusBucket(statusIn(before)) === 'paused';
  const reason = foldWords(change.whyStopped ?? '');
  return (
    !isOwnFact &&
    after === told &&
    wasPaused(change) === wasPaused(other) &&
    (reason === '' || reason === foldWords(other.whyStopped ?? ''))
  );
}

function isSameDate(one: DateValue, other: DateValue): boolean {
  if (one === null || other === null) return false;
  return (
    one.date === other.date &&
    one.precision === other.precision &&
    (one.type === other.type || one.type === null || other.type === null)
  );
}
