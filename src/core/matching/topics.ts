import { foldName, isShortAbbreviation } from '../text/folding.ts';
import type { Concept } from '../trial.ts';
import { conceptsAbove } from './concepts-above.ts';
import { canonicalConceptId, kindOfConcept } from './concepts-kinds.ts';
import type { Matchable } from './concepts-weak.ts';
import { judgeOccurrences } from './disease-names.ts';
import { isNameOf } from './named-concepts.ts';
import { findOccurrences, indexNames, type NameIndex } from './phrases.ts';
import { namingsOf, readTrialNames } from './readings.ts';

/**
 * Raise it whenever a trial would get other topics or links, or a condition other phrases, than before:
 * stored ones are then matched and linked again, silently.
 */
export const matchingVersion = 4;

/** The subject of a change that a person may follow: `trial:…`, `concept:…` or `phrase:…`. */
export type Topic = string;

/** A followed phrase, alone or for a heading. A match adds `topic` to a trial's topics. */
export type FollowedPhrase = { topic: Topic; phrase: string; conceptId: string | null };

/** An index of every followed phrase; one walk over a trial finds them all. */
export type PhraseIndex = NameIndex<FollowedPhrase>;

/** A condition as a subscription stores it: its MeSH heading, if it has one, and all its phrases. */
export type FollowedCondition = { conceptId: string | null; conceptTerm: string | null; phrases: string[] };

/** The topic of one trial. */
export function trialTopic(registry: string, id: string): Topic {
  return `trial:${registry}:${id}`;
}

/** The topic of a MeSH heading, including everything beneath it. */
export function conceptTopic(id: string): Topic {
  return `concept:${canonicalConceptId(id)}`;
}

/** The topic of a phrase, followed alone or for a heading; the heading decides where the phrase counts. */
export function phraseTopic(conceptId: string | null, phrase: string): Topic {
  return `phrase:${conceptId ? canonicalConceptId(conceptId) : '-'}:${foldName(phrase)}`;
}

/** A condition's phrases in the form for the index. */
export function followedPhrases(
  followed: Pick<FollowedCondition, 'conceptId' | 'phrases'>,
): FollowedPhrase[] {
  const conceptId = followed.conceptId ? canonicalConceptId(followed.conceptId) : null;
  const distinct = new Map<Topic, string>();
  for (const phrase of followed.phrases) {
    const topic = phraseTopic(conceptId, phrase);
    if (!distinct.has(topic) && !isShortAbbreviation(foldName(phrase))) distinct.set(topic, phrase);
  }
  return [...distinct].map(([topic, phrase]) => ({ topic, phrase, conceptId }));
}

/**
 * All topics that reach a condition's subscription: its heading's, and those of phrases that are not already
 * searched for in every trial.
 */
export function topicsOfCondition(followed: Pick<FollowedCondition, 'conceptId' | 'phrases'>): Topic[] {
  const concept = followed.conceptId ? [conceptTopic(followed.conceptId)] : [];
  return [
    ...concept,
    ...followedPhrases(followed).flatMap(({ topic, phrase, conceptId }) =>
      conceptId !== null && isNameOf(conceptId, phrase) ? [] : topic,
    ),
  ];
}

/** Builds the index of followed phrases. Abbreviations too short to match alone are left out (M1b). */
export function buildPhraseIndex(phrases: Iterable<FollowedPhrase>): PhraseIndex {
  const entries: [string, FollowedPhrase][] = [];
  for (const phrase of phrases) {
    const folded = foldName(phrase.phrase);
    if (!isShortAbbreviation(folded)) entries.push([folded, phrase]);
  }
  return indexNames(entries);
}

function phrasesIn(trial: Matchable, index: PhraseIndex): FollowedPhrase[] {
  const { judged, passages, codes } = readTrialNames(trial);
  const found = findOccurrences(passages, index);
  if (found.length === 0) return [];
  const counts = judgeOccurrences({ strong: judged.strong, all: codes });
  return found.filter(counts).map(({ value }) => value);
}

/**
 * All topics of a trial: itself, its trusted headings and those above them, every followed phrase in it (M1).
 */
export function topicsOf(trial: Matchable, index: PhraseIndex): Topic[] {
  const { judged, named } = readTrialNames(trial);
  const concepts = [...[...judged.strong, ...judged.above].map(({ id }) => id), ...named.keys()];
  return [
    ...new Set([
      trialTopic(trial.registry, trial.id),
      ...concepts.filter((id) => kindOfConcept(id) !== 'attribute').map(conceptTopic),
      ...phrasesIn(trial, index).map(({ topic }) => topic),
    ]),
  ];
}

/**
 * The trusted heading of a trial that is beneath another: a known one, else the one that shares its words.
 */
function headingBeneath(strong: Concept[], above: Concept): Concept {
  const known = strong.find(({ id }) => conceptsAbove(id).ids.has(above.id));
  if (known) return known;
  const open = strong.filter(({ id }) => !conceptsAbove(id).complete && kindOfConcept(id) !== 'attribute');
  const words = new Set(foldName(above.term).split(' '));
  const shared = ({ term }: Concept) =>
    foldName(term)
      .split(' ')
      .filter((word) => words.has(word)).length;
  const [first] = open.toSorted((a, b) => shared(b) - shared(a));
  return first && (open.length === 1 || shared(first) > 0) ? first : above;
}

const indexes = new WeakMap<readonly string[], { conceptId: string | null; index: PhraseIndex }>();

/** A condition's phrases, indexed once for all trials and all who follow it. */
function indexOf(followed: FollowedCondition): PhraseIndex {
  const { phrases, conceptId } = followed;
  const known = indexes.get(phrases);
  if (known?.conceptId === conceptId) return known.index;
  const index = buildPhraseIndex(followedPhrases(followed));
  indexes.set(phrases, { conceptId, index });
  return index;
}

/**
 * How a trial matches a followed condition: its heading, one beneath it, or a phrase; null if it does not.
 * Ways that `isExcluded` names do not count.
 */
export function matchOf(
  trial: Matchable,
  followed: FollowedCondition,
  isExcluded?: (way: ConditionMatch) => boolean,
): ConditionMatch | null {
  for (const way of waysOf(trial, followed)) if (!isExcluded?.(way)) return way;
  return null;
}

/** Every way in which a trial matches a followed condition, the surest first. A way may come twice. */
function* waysOf(trial: Matchable, followed: FollowedCondition): Generator<ConditionMatch, void> {
  const { judged, named } = readTrialNames(trial);
  const conceptId = followed.conceptId ? canonicalConceptId(followed.conceptId) : null;
  const same = judged.strong.find(({ id }) => id === conceptId);
  if (same) yield { by: 'concept', words: same.term };
  const above = judged.above.find(({ id }) => id === conceptId);
  if (above) {
    yield { by: 'beneath', words: headingBeneath(judged.strong, above).term };
    for (const { id, term } of judged.strong)
      if (conceptsAbove(id).ids.has(above.id)) yield { by: 'beneath', words: term };
  }
  for (const { phrase } of phrasesIn(trial, indexOf(followed))) yield { by: 'phrase', words: phrase };
  const first = conceptId && named.get(conceptId);
  if (!first) return;
  yield first;
  yield* namingsOf(trial, conceptId);
}
/** How a trial matches a subscription (M1). `words` is the match: a concept's term or a phrase. */
export type Match = { by: 'trial' } | ConditionMatch;

/** How a trial matches a followed condition. */
export type ConditionMatch =
  | { by: 'concept'; words: string }
  | { by: 'beneath'; words: string }
  | { by: 'phrase'; words: string }
  /** Named in a keyword that the conditions or criteria confirm. */
  | { by: 'keyword'; words: string }
  /** Named in the description of participants, in a trial with wider conditions. */
  | { by: 'admitted'; words: string };
