import { conceptsBeneath, recordedConcepts } from './concepts-above.ts';
import { canonicalConceptId, kindOfConcept, umbrellaWords } from './concepts-kinds.ts';
import { judgeConcepts, type Matchable } from './concepts-weak.ts';
import { editDistance } from './edit-distance.ts';
import { foldName, isShortAbbreviation, naturalOrder } from './folding.ts';
import {
  findByAbbreviation,
  findCondition,
  knownConditions,
  namesOf,
  narrowerNamesOf,
  tumorVariants,
  writtenNamesOf,
} from './synonyms.ts';
import { buildPhraseIndex, topicsOf } from './topics.ts';

/** A heading offered to the person. `share`: of the registry's answer, 0 to 1; 0 when it comes from spelling alone. */
export type Suggestion = { conceptId: string; term: string; share: number };

/**
 * What typed words were understood as (M1c, M1d, M2). `literal`: they stand in the registry's answer, but no
 * heading fits. `choose`: the person must choose; `literal` says whether the words themselves may be followed.
 * `umbrella`: only weekly, or one of the narrower ones. `attribute`: cannot be followed.
 */
export type Resolution =
  | { kind: 'concept'; conceptId: string; term: string; phrases: string[] }
  | { kind: 'literal'; phrases: string[] }
  | { kind: 'choose'; suggestions: Suggestion[]; literal: boolean; phrases: string[] }
  | { kind: 'umbrella'; conceptId: string; term: string; phrases: string[]; suggestions: Suggestion[] }
  | { kind: 'attribute'; conceptId: string; term: string }
  | { kind: 'unknown' };

/** Headings in the store with the number of their trials, and the registry's answer to the words once asked for. */
export type KnownToStore = {
  concepts: { id: string; term: string; count: number }[];
  answer?: { trials: Matchable[] };
};

function tidy(words: string): string {
  return words.normalize('NFC').replace(/\s+/g, ' ').trim();
}

const suggestionCount = 6;
const leastShare = 0.1;

/** Every phrase by which a followed heading is found: the words typed, its names, and those of narrower things. */
export function phrasesOfConcept(concept: { id: string; term: string }, typed: string): string[] {
  const id = canonicalConceptId(concept.id);
  const written = [typed, naturalOrder(concept.term), ...writtenNamesOf(id), ...narrowerNamesOf(id)];
  const swapped = written.flatMap((name) => tumorVariants(foldName(name)));
  const phrases = new Map<string, string>();
  for (const phrase of [...written, ...swapped].map(tidy)) {
    const folded = foldName(phrase);
    if (folded !== '' && !phrases.has(folded) && !isShortAbbreviation(folded)) phrases.set(folded, phrase);
  }
  // The heading's own spelling folds to its natural order: kept beside it all the same.
  return [...new Set([...phrases.values(), tidy(concept.term)])];
}

function findConcept(typed: string, known: KnownToStore): { id: string; term: string } | null {
  const folded = foldName(typed);
  const listed = findCondition(typed);
  if (listed && !isShortAbbreviation(folded)) return listed;
  const umbrella = umbrellaWords.get(folded);
  if (umbrella) return umbrella;
  const names = new Set([folded, ...tumorVariants(folded)]);
  const stored = known.concepts.filter(({ term }) => names.has(foldName(term)));
  const exact = stored.find(({ term }) => foldName(term) === folded) ?? stored[0];
  if (exact) return { id: canonicalConceptId(exact.id), term: exact.term };
  const recorded = [...recordedConcepts].find(([, { term }]) => names.has(foldName(term)));
  return recorded ? { id: recorded[0], term: recorded[1].term } : null;
}

function narrowerThan(conceptId: string, known: KnownToStore): Suggestion[] {
  const counts = new Map(known.concepts.map(({ id, count }) => [canonicalConceptId(id), count]));
  const terms = new Map<string, string>([
    ...[...recordedConcepts].map(([id, { term }]) => [id, term] as const),
    ...knownConditions.map(({ id, term }) => [id, term] as const),
  ]);
  const listed = new Set(knownConditions.map(({ id }) => id));
  const weight = (id: string) => (counts.get(id) ?? 0) * 2 + (listed.has(id) ? 1 : 0);
  return conceptsBeneath(conceptId)
    .filter((id) => kindOfConcept(id) === 'disease')
    .sort((a, b) => weight(b) - weight(a) || a.localeCompare(b))
    .slice(0, suggestionCount)
    .map((id) => ({ conceptId: id, term: terms.get(id) ?? id, share: 0 }));
}

function understand(concept: { id: string; term: string }, typed: string, known: KnownToStore): Resolution {
  const { term } = concept;
  const conceptId = canonicalConceptId(concept.id);
  const kind = kindOfConcept(conceptId);
  if (kind === 'attribute') return { kind, conceptId, term };
  const phrases = phrasesOfConcept({ id: conceptId, term }, typed);
  if (kind === 'umbrella')
    return { kind, conceptId, term, phrases, suggestions: narrowerThan(conceptId, known) };
  return { kind: 'concept', conceptId, term, phrases };
}

function suggestFromAnswer(trials: Matchable[]): Suggestion[] {
  const counts = new Map<string, { term: string; count: number }>();
  for (const trial of trials) {
    for (const { id, term } of judgeConcepts(trial).strong) {
      if (kindOfConcept(id) !== 'disease') continue;
      const entry = counts.get(id) ?? { term, count: 0 };
      entry.count++;
      counts.set(id, entry);
    }
  }
  return [...counts]
    .map(([conceptId, { term, count }]) => ({ conceptId, term, share: count / trials.length }))
    .filter(({ share }) => share >= leastShare)
    .sort((a, b) => b.share - a.share || a.term.localeCompare(b.term))
    .slice(0, suggestionCount);
}

/** Headings whose name differs from what was typed by a slip or two. */
function suggestFromSpelling(typed: string, known: KnownToStore): Suggestion[] {
  const folded = foldName(typed);
  const limit = folded.length >= 12 ? 3 : folded.length >= 7 ? 2 : folded.length >= 4 ? 1 : 0;
  if (limit === 0) return [];
  const best = new Map<string, { term: string; distance: number; count: number }>();
  const consider = (id: string, term: string, name: string, count: number) => {
    const distance = editDistance(folded, name, limit);
    if (distance > limit || kindOfConcept(id) === 'attribute') return;
    const before = best.get(id);
    if (!before || distance < before.distance || count > before.count)
      best.set(id, { term, distance: Math.min(distance, before?.distance ?? distance), count });
  };
  for (const { id, term, count } of known.concepts)
    consider(canonicalConceptId(id), term, foldName(term), count);
  for (const listed of knownConditions)
    for (const name of namesOf(listed))
      consider(listed.id, listed.term, name, best.get(listed.id)?.count ?? 0);
  return [...best]
    .sort(([, a], [, b]) => a.distance - b.distance || b.count - a.count)
    .slice(0, suggestionCount)
    .map(([conceptId, { term }]) => ({ conceptId, term, share: 0 }));
}

/**
 * Says what typed words mean. Without `answer` only what the list and the store know is used: on `choose` or
 * `unknown` ask the registry's condition search for the words and resolve again with its answer (M2). Trial ids
 * are recognised before, by the registry.
 */
export function resolveCondition(typed: string, known: KnownToStore): Resolution {
  const words = tidy(typed);
  const folded = foldName(words);
  if (folded === '') return { kind: 'unknown' };
  const concept = findConcept(words, known);
  if (concept) return understand(concept, words, known);

  const abbreviated = findByAbbreviation(words).map(({ id, term }) => ({ conceptId: id, term, share: 0 }));
  const trials = known.answer?.trials ?? [];
  const short = isShortAbbreviation(folded);
  const index = buildPhraseIndex([{ topic: 'typed', phrase: words, conceptId: null }]);
  const literal = !short && trials.some((trial) => topicsOf(trial, index).includes('typed'));
  const answered = suggestFromAnswer(trials).filter(
    ({ conceptId }) => !abbreviated.some((one) => one.conceptId === conceptId),
  );
  const offered = [...abbreviated, ...answered];
  const suggestions = offered.length > 0 || literal ? offered : suggestFromSpelling(words, known);
  if (suggestions.length > 0)
    return { kind: 'choose', suggestions, literal, phrases: literal ? [words] : [] };
  return literal ? { kind: 'literal', phrases: [words] } : { kind: 'unknown' };
}
