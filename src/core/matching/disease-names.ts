import { BREAK, foldToWords } from '../text/folding.ts';
import { lazily } from '../text/remember.ts';
import type { Concept } from '../trial.ts';
import { conceptsAbove, recordedConcepts } from './concepts-above.ts';
import type { Passage } from './passages.ts';
import { findOccurrences, indexNames, type NameIndex, type Occurrence } from './phrases.ts';
import { listedNames, namesOf } from './synonyms.ts';

type Name = { id: string | null };

const common = lazily(
  (): NameIndex<Name> =>
    indexNames([
      ...listedNames().map(({ id, name }) => [name, { id }] as const),
      ...[...recordedConcepts].flatMap(([id, { term }]) =>
        namesOf({ id, term }).map((name) => [name, { id }] as const),
      ),
    ]),
);

/** The concepts that a text names. Names inside longer names do not count. */
export function conceptsNamedIn(text: string): string[] {
  const found = findOccurrences([foldToWords(text)], common());
  const isWithin = (a: Occurrence<Name>, b: Occurrence<Name>) =>
    b.start <= a.start && b.end >= a.end && b.end - b.start > a.end - a.start;
  const sameSpan = (a: Occurrence<Name>) => (b: Occurrence<Name>) => a.start === b.start && a.end === b.end;
  // If several concepts share a name, the listed one was indexed first.
  const longest = found.filter(
    (one) => found.find(sameSpan(one)) === one && !found.some((other) => isWithin(one, other)),
  );
  return [...new Set(longest.flatMap(({ value }) => (value.id === null ? [] : [value.id])))];
}

const negations = new Set(['without', 'no', 'not', 'excluding']);
const bothWays = new Set(['or', 'and', 'with']);

/** "non-", "without" and "-like" negate a name or make it a look-alike. */
function isNegated({ passage, start, end }: Occurrence<unknown>): boolean {
  if (passage[start - 1] === 'non' || passage[end] === 'like') return true;
  for (let at = start - 1; at >= Math.max(0, start - 2); at--) {
    const word = passage[at] ?? '';
    if (word === BREAK) return false;
    if (negations.has(word)) return !bothWays.has(passage[at - 1] ?? '');
  }
  return false;
}

/** A trial's codes: the trusted ones, and all with their ancestors. */
export type Coded = { strong: Concept[]; all: ReadonlySet<string> };

/** Tells whether an occurrence of a phrase counts. */
export type NameJudge = (found: Occurrence<{ conceptId: string | null }>) => boolean;

/**
 * Judges occurrences of phrases in a trial. An occurrence inside the name of another disease does not count,
 * unless that is the followed one or beneath it ("small cell lung cancer" in "non-small cell lung cancer"). A
 * longer unknown name counts as a kind of its last words ("severe asthma" is an asthma).
 */
export function judgeOccurrences(coded: Coded): NameJudge {
  // Most trials name nothing that needs to be judged by it.
  const own = lazily(() =>
    indexNames(
      coded.strong.flatMap((concept) => namesOf(concept).map((name) => [name, { id: concept.id }] as const)),
    ),
  );
  const namesIn = new Map<Passage, Occurrence<Name>[]>();
  return (found) => {
    if (isNegated(found)) return false;
    let names = namesIn.get(found.passage);
    if (!names) {
      names = [...findOccurrences([found.passage], own()), ...findOccurrences([found.passage], common())];
      namesIn.set(found.passage, names);
    }
    const longer = names.filter(
      (name) =>
        name.start <= found.start && name.end >= found.end && name.end - name.start > found.end - found.start,
    );
    return longer.every((name) => isKindOf(name, found, coded));
  };
}

function isKindOf(
  name: Occurrence<Name>,
  found: Occurrence<{ conceptId: string | null }>,
  coded: Coded,
): boolean {
  const followed = found.value.conceptId;
  const id = name.value.id;
  if (id === null) return false;
  const isSuffix = name.end === found.end;
  if (followed === null) return isSuffix;
  if (id === followed || coded.all.has(followed)) return true;
  const above = conceptsAbove(id);
  if (above.ids.has(followed)) return true;
  const isWholeListKnown =
    above.complete || (id.startsWith('D') && coded.strong.some((own) => own.id === id));
  return !isWholeListKnown && isSuffix;
}
