import { editDistance } from '../text/edit-distance.ts';
import { foldHeading, foldName, foldToWords } from '../text/folding.ts';
import type { Concept } from '../trial.ts';
import { conceptsAbove, conceptsBeneath, recordedConcepts } from './concepts-above.ts';
import { canonicalConceptId, kindOfConcept } from './concepts-kinds.ts';
import { conceptsBorneOut, judgeConcepts, type Matchable } from './concepts-weak.ts';
import { conceptsNamedIn } from './disease-names.ts';
import { foreignNamesOf, idsByForeignAbbreviation } from './foreign-words.ts';
import { findByAbbreviation, isGathering, knownConditions, namesOf } from './synonyms.ts';

/**
 * A heading to offer. `share`: its part of the registry's answer, from 0 to 1; 0 if only the spelling
 * suggests it. `beside`: the words do not mean it, but trials with the words are about it too.
 */
export type Suggestion = { conceptId: string; term: string; share: number; beside?: true };

/**
 * The database's headings with the number of their trials, and the registry's answer to the words, if it was
 * asked.
 */
export type KnownToStore = {
  concepts: { id: string; term: string; count: number }[];
  answer?: { trials: Matchable[] };
};

const suggestionCount = 6;
const leastShare = 0.1;

const listedTerms = new Map(knownConditions.map(({ id, term }) => [id, term]));

function termOf(id: string): string | undefined {
  return listedTerms.get(id) ?? recordedConcepts.get(id)?.term;
}

/** The most common headings beneath an umbrella. */
export function suggestNarrower(conceptId: string, known: KnownToStore): Suggestion[] {
  const counts = new Map(known.concepts.map(({ id, count }) => [canonicalConceptId(id), count]));
  const order = [...listedTerms.keys()];
  const rank = (id: string) => (listedTerms.has(id) ? order.indexOf(id) : order.length);
  const beneath = conceptsBeneath(conceptId).filter(
    (id) => kindOfConcept(id) === 'disease' && !isGathering(id),
  );
  const topmost = (id: string) =>
    !beneath.some((other) => listedTerms.has(other) && conceptsAbove(id).ids.has(other));
  return beneath
    .filter(topmost)
    .sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || rank(a) - rank(b) || a.localeCompare(b))
    .slice(0, suggestionCount)
    .map((id) => ({ conceptId: id, term: termOf(id) ?? id, share: 0 }));
}

/** Whether a trial's own text contains some folded words as written. */
function holdsWords(trial: Matchable, folded: string): boolean {
  const texts = [...trial.conditions, ...trial.keywords, trial.title, trial.officialTitle ?? ''];
  texts.push(trial.summary ?? '', trial.description ?? '');
  return texts.some((text) => ` ${foldToWords(text).join(' ')} `.includes(` ${folded} `));
}

/**
 * Reads one trial of the registry's answer to some words: the headings that may be offered, and those that
 * the words mean. The words mean the trial's only heading if they are one of its conditions, or occur nowhere
 * in it: then the registry itself relates them to that heading.
 */
function readAnswer(trial: Matchable, folded: string): { offered: Concept[]; meant: Concept[] } {
  const isDisease = ({ id }: Concept) => kindOfConcept(id) === 'disease';
  const strong = judgeConcepts(trial).strong.filter(isDisease);
  const borneOut = conceptsBorneOut(trial).filter(isDisease);
  const isCondition = trial.conditions.some((condition) => foldName(condition) === folded);
  const offered = borneOut.length === 0 && strong.length === 1 && isCondition ? strong : borneOut;
  return {
    offered,
    meant: offered.length === 1 && (isCondition || !holdsWords(trial, folded)) ? offered : [],
  };
}

/**
 * The headings that a sufficient share of the registry's answer carries; those that the words mean come
 * first.
 */
function suggestFromAnswer(words: string, trials: Matchable[]): Suggestion[] {
  const folded = foldName(words);
  const counts = new Map<string, { term: string; count: number; isMeant: boolean }>();
  for (const trial of trials) {
    const { offered, meant } = readAnswer(trial, folded);
    for (const { id, term } of offered) {
      const entry = counts.get(id) ?? { term, count: 0, isMeant: false };
      entry.count++;
      entry.isMeant ||= meant.some((one) => one.id === id);
      counts.set(id, entry);
    }
  }
  return [...counts]
    .map(([conceptId, { term, count, isMeant }]) => ({
      conceptId,
      term,
      share: count / trials.length,
      isMeant,
    }))
    .filter(({ share }) => share >= leastShare)
    .sort(
      (a, b) => Number(b.isMeant) - Number(a.isMeant) || b.share - a.share || a.term.localeCompare(b.term),
    )
    .slice(0, suggestionCount)
    .map(({ isMeant, ...one }) => (isMeant ? one : { ...one, beside: true as const }));
}

/**
 * The headings that the words abbreviate or name ("MS", "stage 4 lung cancer"), then those of the registry's
 * answer, without duplicates.
 */
export function suggestFromWords(words: string, trials: Matchable[]): Suggestion[] {
  const named = [
    ...findByAbbreviation(words).map(({ id }) => id),
    ...idsByForeignAbbreviation(words),
    ...conceptsNamedIn(words),
  ];
  const answered = suggestFromAnswer(words, trials);
  const offered = new Map<string, Suggestion>();
  for (const id of named) {
    const share = answered.find(({ conceptId }) => conceptId === id)?.share ?? 0;
    const term = termOf(id);
    if (term && kindOfConcept(id) === 'disease') offered.set(id, { conceptId: id, term, share });
  }
  for (const one of answered) if (!offered.has(one.conceptId)) offered.set(one.conceptId, one);
  return [...offered.values()].slice(0, suggestionCount);
}

/**
 * The edit distance of two folded names, without their common words, and the largest distance that counts as
 * a slip.
 */
function measureSlip(typed: string, name: string): { distance: number; limit: number } {
  const a = typed.split(' ');
  const b = name.split(' ');
  while (a.length > 0 && a[0] === b[0]) a.splice(0, b.splice(0, 1).length);
  while (a.length > 0 && a.at(-1) === b.at(-1)) a.splice(-1, b.splice(-1, 1).length);
  const rest = a.join(' ');
  const limit = rest.length >= 12 ? 3 : rest.length >= 7 || rest.length === 0 ? 2 : rest.length >= 4 ? 1 : 0;
  const distance = editDistance(rest, b.join(' '), limit);
  // A slip in the first letter is rare: with a second slip, it is another word.
  return { distance: distance > 1 && rest !== '' && rest[0] !== b[0]?.[0] ? limit + 1 : distance, limit };
}

/** The headings whose name differs from the typed words by a slip or two. */
export function suggestFromSpelling(typed: string, known: KnownToStore): Suggestion[] {
  const folded = foldName(typed);
  const best = new Map<string, { term: string; distance: number; count: number }>();
  const consider = (id: string, term: string, name: string, count: number) => {
    const { distance, limit } = measureSlip(folded, name);
    if (distance > limit || kindOfConcept(id) === 'attribute') return;
    const before = best.get(id);
    if (!before || distance < before.distance || count > before.count)
      best.set(id, { term, distance: Math.min(distance, before?.distance ?? distance), count });
  };
  for (const { id, term, count } of known.concepts)
    consider(canonicalConceptId(id), term, foldHeading(term), count);
  for (const listed of knownConditions)
    for (const name of [...namesOf(listed), ...foreignNamesOf(listed.id).map(foldName)])
      consider(listed.id, listed.term, name, best.get(listed.id)?.count ?? 0);
  return [...best]
    .sort(([, a], [, b]) => a.distance - b.distance || b.count - a.count)
    .slice(0, suggestionCount)
    .map(([conceptId, { term }]) => ({ conceptId, term, share: 0 }));
}
