import { foldName, foldToWords, isShortAbbreviation, naturalOrder } from '../text/folding.ts';
import { lazily } from '../text/remember.ts';
import { conceptsAbove, recordedConcepts } from './concepts-above.ts';
import { kindOfConcept, umbrellaWords } from './concepts-kinds.ts';
import type { NameJudge } from './disease-names.ts';
import { bagOf, wordsOfIllness } from './modifiers.ts';
import { type Passage, withoutBrackets } from './passages.ts';
import { findOccurrences, indexNames } from './phrases.ts';
import { knownConditions, namesOf, narrowerNamesOf, writtenNamesOf } from './synonyms.ts';
import { tumorVariants } from './tumors.ts';

/** The conditions that a text names, by MeSH id, each with the words that name it. */
export type Named = Map<string, string>;

/**
 * `written`: the name as people read it. `isNarrower`: it names a narrower illness that has no heading here.
 */
type Entry = { conceptId: string; written: string; isNarrower?: boolean };

function* entriesOf(concept: { id: string; term: string }): Generator<[name: string, entry: Entry]> {
  const conceptId = concept.id;
  const written = new Map(
    [naturalOrder(concept.term), ...writtenNamesOf(conceptId)].map((name) => [foldName(name), name]),
  );
  for (const name of namesOf(concept)) yield [name, { conceptId, written: written.get(name) ?? name }];
  for (const written of narrowerNamesOf(conceptId))
    for (const name of [foldName(written), ...tumorVariants(foldName(written))])
      yield [name, { conceptId, written, isNarrower: true }];
}

type Entries = [name: string, entry: Entry][];

/** Every name that is searched for in every trial. The tables are made when they are first read: not every start of the program matches. */
const entries = lazily((): Entries => {
  const concepts = [...knownConditions, ...[...recordedConcepts].map(([id, { term }]) => ({ id, term }))];
  const umbrellas = [...umbrellaWords].map(([name, { id }]): Entries[0] => [
    name,
    { conceptId: id, written: name },
  ]);
  return [...concepts.flatMap((concept) => [...entriesOf(concept)]), ...umbrellas].filter(
    ([name, { conceptId }]) => !isShortAbbreviation(name) && kindOfConcept(conceptId) !== 'attribute',
  );
});

const index = lazily(() =>
  indexNames(new Map(entries().map((entry) => [`${entry[0]} ${entry[1].conceptId}`, entry])).values()),
);

const byBag = lazily(() => {
  const bags = new Map<string, Set<string>>();
  for (const [name, { conceptId, isNarrower }] of entries()) {
    if (isNarrower) continue;
    const words = name.split(' ');
    const bag = bagOf(words);
    // A name with a modifier of its own ("progressive multiple sclerosis") says more than its other words.
    if (
      bag === null ||
      wordsOfIllness(words).length < words.filter((word) => !/^(?:of|and|in)$/.test(word)).length
    )
      continue;
    bags.set(bag, (bags.get(bag) ?? new Set()).add(conceptId));
  }
  return bags;
});

const byAbbreviation = lazily(() => {
  const ids = new Map<string, string[]>();
  for (const { id, abbreviations = [] } of knownConditions)
    for (const short of abbreviations) {
      const folded = foldName(short);
      ids.set(folded, [...(ids.get(folded) ?? []), id]);
    }
  return ids;
});

/** Names read per passage. A real passage holds a few dozen (C16). */
const namesAtMost = 300;

/**
 * Finds the conditions that passages name (M1). `alone` holds those that occur at least once outside any
 * longer name: "leukemia" does in "Leukemia", not in "acute myeloid leukemia".
 */
export function conceptsIn(
  passages: Iterable<Passage>,
  counts: NameJudge,
): { named: Named; alone: Set<string> } {
  const named: Named = new Map();
  const alone = new Set<string>();
  for (const passage of passages) {
    const found = findOccurrences([passage], index())
      .slice(0, namesAtMost)
      .filter(counts)
      .toSorted((a, b) => b.end - b.start - (a.end - a.start));
    for (const { value, start, end } of found) {
      const isInLonger = found.some(
        (other) => other.start <= start && other.end >= end && other.end - other.start > end - start,
      );
      if (!isInLonger && !value.isNarrower) alone.add(value.conceptId);
      if (!named.has(value.conceptId)) named.set(value.conceptId, value.written);
    }
  }
  return { named, alone };
}

/** Finds the conditions that a whole condition or keyword names, in any word order and with any modifiers. */
export function conceptsOfWhole(text: string): string[] {
  const inBrackets = [...text.matchAll(/[([]([^()[\]]+)/g)].map(([, inner = '']) => inner);
  return [withoutBrackets(text), ...inBrackets].flatMap((part) => {
    const bag = bagOf(foldToWords(part).filter((word) => word !== '|'));
    return bag === null ? [] : [...(byBag().get(bag) ?? [])];
  });
}

/** Finds the listed conditions that a whole text, or its part in brackets, may abbreviate ("AML, Adult"). */
export function conceptsAbbreviated(text: string): string[] {
  const words = text.split(/[^\p{L}\p{N}]+/u).filter((word) => /^[A-Z][A-Za-z0-9]{1,5}$/.test(word));
  const illness = wordsOfIllness(foldToWords(text).filter((word) => word !== '|'));
  if (illness.length !== 1) return [];
  return words.flatMap((word) => byAbbreviation().get(foldName(word)) ?? []);
}

/**
 * Finds the listed conditions whose abbreviations, of at least three letters, occur in a text in capitals
 * (AML).
 */
export function abbreviationsIn(text: string): Named {
  const named: Named = new Map();
  for (const [word] of text.matchAll(/\b[A-Z]{3,5}\b/g))
    for (const id of byAbbreviation().get(word.toLowerCase()) ?? []) if (!named.has(id)) named.set(id, word);
  return named;
}

/** Whether a condition equals another or is known to be beneath it. */
export function isWithin(conceptId: string, above: string): boolean {
  return conceptId === above || conceptsAbove(conceptId).ids.has(above);
}

/** Every folded name and abbreviation of a condition and of those beneath it. */
export function namesWithin(conceptId: string): string[] {
  const names = entries().flatMap(([name, entry]) => (isWithin(entry.conceptId, conceptId) ? name : []));
  const short = [...byAbbreviation()].flatMap(([name, ids]) =>
    ids.some((id) => isWithin(id, conceptId)) ? name : [],
  );
  return [...names, ...short];
}

const namesById = lazily(() => new Set(entries().map(([name, { conceptId }]) => `${conceptId} ${name}`)));

/** Whether a phrase is a name of a condition that is searched for in every trial. */
export function isNameOf(conceptId: string, phrase: string): boolean {
  return namesById().has(`${conceptId} ${foldName(phrase)}`);
}

const namedIds = lazily(() => new Set(entries().map(([, { conceptId }]) => conceptId)));

/** Whether a condition's names are searched for in every trial that is read, followed or not. */
export function isNameKnown(conceptId: string): boolean {
  return namedIds().has(conceptId);
}
