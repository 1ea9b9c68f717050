import { foldWords } from './text/text.ts';
import type { Trial, TrialField } from './trial.ts';

/** Titles of one trial share more than this part of their words, even after a rewrite. */
const leastTitleShare = 0.25;
/** Beside the title, at least this many identifying facts must differ. */
const factsNeeded = 3;

/**
 * Whether a record became another trial under the same number (N5): hardly a word of its title remains, and
 * three more lifelong facts differ completely. The registry never does this to a trial; mixed-up records do.
 */
export function isAnotherTrial(before: Trial, after: Trial): boolean {
  const isRead = (field: TrialField) => !after.unread.includes(field) && !before.unread.includes(field);
  if (!isRead('title') || shareOf(wordsOf(before.title), wordsOf(after.title)) >= leastTitleShare)
    return false;
  const differs = (field: TrialField, of: (trial: Trial) => string[]) =>
    isRead(field) && areApart(of(before), of(after));
  const facts = [
    differs('sponsor', ({ sponsor }) => (sponsor ? [foldWords(sponsor.name)] : [])),
    differs('conditions', ({ conditions }) => conditions.flatMap(wordsOf)),
    differs('interventions', ({ interventions }) => interventions.flatMap(({ name }) => wordsOf(name))),
    differs('sites', ({ sites }) => sites.map(({ city, country }) => foldWords(`${city} ${country}`))),
    differs('secondaryIds', ({ secondaryIds }) => secondaryIds.map(({ id }) => foldWords(id))),
    differs('firstPostedOn', ({ firstPostedOn }) => (firstPostedOn ? [firstPostedOn] : [])),
  ];
  return facts.filter(Boolean).length >= factsNeeded;
}

/** The longer words of a text. Short ones occur in every title. */
function wordsOf(text: string): string[] {
  return foldWords(text)
    .split(' ')
    .filter((word) => word.length > 3);
}

function shareOf(some: string[], others: string[]): number {
  const [a, b] = [new Set(some), new Set(others)];
  const all = a.union(b).size;
  return all === 0 ? 1 : a.intersection(b).size / all;
}

/** Whether both lists have entries and none in common. */
function areApart(some: string[], others: string[]): boolean {
  return some.length > 0 && others.length > 0 && new Set(some).isDisjointFrom(new Set(others));
}
