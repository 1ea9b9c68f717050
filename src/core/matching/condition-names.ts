import { foldName, naturalOrder } from '../text/folding.ts';
import { recordedConcepts } from './concepts-above.ts';
import { attributeWords, canonicalConceptId, kindOfConcept, umbrellaWords } from './concepts-kinds.ts';
import { knownConditions, writtenNamesOf } from './synonyms.ts';

/**
 * A condition as pages name it. `slug` is its part of a URL; `count` is the number of stored trials about it.
 */
export type NamedCondition = {
  conceptId: string;
  term: string;
  name: string;
  slug: string;
  kind: 'disease' | 'umbrella' | 'attribute';
  count: number;
};

const listed = new Map(knownConditions.map((condition) => [condition.id, condition]));

const everydayUmbrellas = new Map([...umbrellaWords].toReversed().map(([words, { id }]) => [id, words]));

/** The everyday name of a heading: a listed name if the heading is inverted, long, or a technical term. */
export function everydayName(concept: { id: string; term: string }): string {
  const { mesh = [], lay = [] } = listed.get(concept.id)?.names ?? {};
  const isBookish =
    /,|neoplasm|hypersensitivity/i.test(concept.term) || foldName(concept.term).split(' ').length > 4;
  const spoken = [...mesh, ...lay].find((name) => name !== name.toUpperCase());
  const name =
    everydayUmbrellas.get(concept.id) ?? (isBookish ? spoken : undefined) ?? naturalOrder(concept.term);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** A name as part of a URL: lower-case letters and digits with hyphens in between. */
export function slugOf(name: string): string {
  return naturalOrder(name)
    .normalize('NFKD')
    .replace(/[\p{M}'’]/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
}

const wordsPrefix = 'words-';
const longestWords = 80;

/** The slug of words that are followed literally; null if they are too long for a name, or empty. */
export function slugOfWords(words: string): string | null {
  const folded = foldName(words);
  return folded === '' || folded.length > longestWords ? null : wordsPrefix + folded.replaceAll(' ', '-');
}

/** The folded words of such a slug; null if it is invalid or not the one that `slugOfWords` makes. */
export function wordsOfSlug(slug: string): string | null {
  const words = slug.slice(wordsPrefix.length).replaceAll('-', ' ');
  return slugOfWords(words) === slug ? words : null;
}

/** The most common spelling of some folded words in these texts; null if no text contains them. */
export function findSpelling(texts: readonly string[], folded: string): string | null {
  const counts = new Map<string, number>();
  const longest = folded.split(' ').length + 1;
  for (const text of texts) {
    const tokens = text.slice(0, longestTitle).split(/\s+/);
    for (let start = 0; start < tokens.length; start++)
      for (let end = start + 1; end <= Math.min(tokens.length, start + longest); end++) {
        const written = tokens
          .slice(start, end)
          .join(' ')
          .replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '');
        if (foldName(written) === folded) counts.set(written, (counts.get(written) ?? 0) + 1);
      }
  }
  const [best] = [...counts].toSorted(([, a], [, b]) => b - a);
  return best?.[0] ?? null;
}

const longestTitle = 500;

/** Corrects a slug of words that is misspelt or not canonical; null if it is not a slug of words. */
export function mendSlugOfWords(slug: string): string | null {
  return slug.startsWith(wordsPrefix)
    ? slugOfWords(slug.slice(wordsPrefix.length).replaceAll('-', ' '))
    : null;
}

/** All conditions with unique slugs: those of the committed list, of recorded records and of the database. */
export function nameConditions(
  stored: { id: string; term: string }[],
  counts: ReadonlyMap<string, number>,
): NamedCondition[] {
  const terms = new Map<string, string>();
  const add = (id: string, term: string) => {
    const canonical = canonicalConceptId(id);
    if (!terms.has(canonical)) terms.set(canonical, term);
  };
  for (const { id, term } of knownConditions) add(id, term);
  for (const { id, term } of [...umbrellaWords.values(), ...attributeWords.values()]) add(id, term);
  for (const [id, { term }] of recordedConcepts) add(id, term);
  // Descriptors before supplementary concepts, old ids before new ones: a newcomer never takes an existing
  // slug.
  for (const { id, term } of stored.toSorted((a, b) => compareIds(a.id, b.id))) add(id, term);
  const taken = new Set<string>();
  return [...terms].map(([conceptId, term]) => {
    const plain = slugOf(term);
    const slug =
      plain === '' || taken.has(plain) ? `${plain}-${conceptId.toLowerCase()}`.replace(/^-/, '') : plain;
    taken.add(slug);
    const name = everydayName({ id: conceptId, term });
    return { conceptId, term, name, slug, kind: kindOfConcept(conceptId), count: counts.get(conceptId) ?? 0 };
  });
}

function compareIds(a: string, b: string): number {
  const rank = (id: string) => (id.startsWith('D') ? 0 : 1);
  return rank(a) - rank(b) || a.length - b.length || a.localeCompare(b, 'en');
}

/**
 * The names of a condition as people write them: everyday name, heading, listed names, abbreviations, without
 * duplicates.
 */
export function writtenNames(condition: { conceptId: string; name: string; term: string }): string[] {
  const { conceptId, name, term } = condition;
  const names = [
    name,
    naturalOrder(term),
    ...writtenNamesOf(conceptId),
    ...(listed.get(conceptId)?.abbreviations ?? []),
  ];
  const byFolded = new Map<string, string>();
  for (const written of names) {
    const folded = foldName(written);
    if (!byFolded.has(folded)) byFolded.set(folded, written);
  }
  return [...byFolded.values()];
}
