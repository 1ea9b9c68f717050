import { foldHeading, foldName, isShortAbbreviation, naturalOrder } from '../text/folding.ts';
import { recordedConcepts } from './concepts-above.ts';
import { attributeWords, canonicalConceptId, kindOfConcept, umbrellaWords } from './concepts-kinds.ts';
import { judgeConcepts, type Matchable } from './concepts-weak.ts';
import { englishFor } from './foreign-words.ts';
import {
  type KnownToStore,
  type Suggestion,
  suggestFromSpelling,
  suggestFromWords,
  suggestNarrower,
} from './suggestions.ts';
import { findCondition, narrowerNamesOf, writtenNamesOf } from './synonyms.ts';
import { buildPhraseIndex, topicsOf } from './topics.ts';
import { tumorVariants } from './tumors.ts';

export type { KnownToStore, Suggestion };

/**
 * How typed words were understood (M1c, M1d, M2). `literal`: the registry's answer contains them, but no
 * heading fits. `choose`: the person must choose; `literal` says whether the words themselves may be
 * followed. `umbrella`: only weekly, or a narrower one. `attribute`: cannot be followed.
 */
export type Resolution =
  | { kind: 'concept'; conceptId: string; term: string; phrases: string[] }
  | { kind: 'literal'; phrases: string[] }
  | { kind: 'choose'; suggestions: Suggestion[]; literal: boolean; phrases: string[] }
  | { kind: 'umbrella'; conceptId: string; term: string; phrases: string[]; suggestions: Suggestion[] }
  | { kind: 'attribute'; conceptId: string; term: string }
  | { kind: 'unknown' };

function tidy(words: string): string {
  return words.normalize('NFC').replace(/\s+/g, ' ').trim();
}

/**
 * The registry's own synonyms for a heading, from its answer to the typed words: the names that registrants
 * use for the only condition of trials that the registry files under this heading alone. A name must occur
 * twice; once may be chance.
 */
function synonymsFromAnswer(conceptId: string, trials: Matchable[]): string[] {
  const counts = new Map<string, { words: string; count: number }>();
  for (const trial of trials) {
    const [words, ...more] = trial.conditions;
    const { strong } = judgeConcepts(trial);
    if (!words || more.length > 0 || strong.length !== 1 || strong[0]?.id !== conceptId) continue;
    const folded = foldName(words);
    if (folded.split(' ').length > 6 || (findCondition(words)?.id ?? conceptId) !== conceptId) continue;
    const entry = counts.get(folded) ?? { words, count: 0 };
    entry.count++;
    counts.set(folded, entry);
  }
  return [...counts.values()].filter(({ count }) => count > 1).map(({ words }) => words);
}

/**
 * Every phrase that finds a followed heading: the typed words, its names, those of narrower conditions, and
 * the synonyms in the registry's answer, if it was asked (M1d).
 */
export function phrasesOfConcept(
  concept: { id: string; term: string },
  typed: string,
  answer: Matchable[] = [],
): string[] {
  const id = canonicalConceptId(concept.id);
  const written = [typed, naturalOrder(concept.term), ...writtenNamesOf(id), ...narrowerNamesOf(id)];
  const swapped = written.flatMap((name) => tumorVariants(foldName(name)));
  const phrases = new Map<string, string>();
  for (const phrase of [...written, ...swapped, ...synonymsFromAnswer(id, answer)].map(tidy)) {
    const folded = foldName(phrase);
    if (folded !== '' && !phrases.has(folded) && !isShortAbbreviation(folded)) phrases.set(folded, phrase);
  }
  // The heading's own spelling folds to its natural order; it is kept as well.
  return [...new Set([...phrases.values(), tidy(concept.term)])];
}

function findConcept(typed: string, known: KnownToStore): { id: string; term: string } | null {
  const folded = foldName(typed);
  const listed = findCondition(typed);
  if (listed && !isShortAbbreviation(folded)) return listed;
  const gathered = umbrellaWords.get(folded) ?? attributeWords.get(folded);
  if (gathered) return gathered;
  const names = new Set([folded, ...tumorVariants(folded)]);
  const answered = (known.answer?.trials ?? []).flatMap(({ meshes, ancestors }) => [...meshes, ...ancestors]);
  const stored = [...known.concepts, ...answered].filter(({ term }) => names.has(foldHeading(term)));
  const exact = stored.find(({ term }) => foldHeading(term) === folded) ?? stored[0];
  if (exact) return { id: canonicalConceptId(exact.id), term: exact.term };
  const fitting = [...recordedConcepts].filter(([, { term }]) => names.has(foldHeading(term)));
  // "Neuroendocrine tumors" should not lead to "neuroendocrine carcinoma" first.
  const recorded = fitting.find(([, { term }]) => foldHeading(term) === folded) ?? fitting[0];
  return recorded ? { id: recorded[0], term: recorded[1].term } : null;
}

function understand(concept: { id: string; term: string }, typed: string, known: KnownToStore): Resolution {
  const { term } = concept;
  const conceptId = canonicalConceptId(concept.id);
  const kind = kindOfConcept(conceptId);
  if (kind === 'attribute') return { kind, conceptId, term };
  const phrases = phrasesOfConcept({ id: conceptId, term }, typed, known.answer?.trials);
  if (kind === 'umbrella')
    return { kind, conceptId, term, phrases, suggestions: suggestNarrower(conceptId, known) };
  return { kind: 'concept', conceptId, term, phrases };
}

/** Translates words of another language into the registry's term; returns all others unchanged (M2). */
export function inEnglish(words: string): string {
  return findCondition(words) ? words : (englishFor(words) ?? words);
}

/**
 * Resolves typed words. Without `answer` it uses only the committed list and the database: on `choose` or
 * `unknown`, ask the registry's condition search and resolve again with its answer (M2). The registry
 * recognises trial ids before this.
 */
export function resolveCondition(typed: string, known: KnownToStore): Resolution {
  const words = inEnglish(tidy(typed));
  const folded = foldName(words);
  if (folded === '') return { kind: 'unknown' };
  const concept = findConcept(words, known);
  if (concept) return understand(concept, words, known);

  const trials = known.answer?.trials ?? [];
  const short = isShortAbbreviation(folded);
  const index = buildPhraseIndex([{ topic: 'typed', phrase: words, conceptId: null }]);
  const literal = !short && trials.some((trial) => topicsOf(trial, index).includes('typed'));
  const offered = suggestFromWords(words, trials);
  const suggestions = offered.length > 0 || literal ? offered : suggestFromSpelling(words, known);
  if (suggestions.length > 0)
    return { kind: 'choose', suggestions, literal, phrases: literal ? [words] : [] };
  return literal ? { kind: 'literal', phrases: [words] } : { kind: 'unknown' };
}
