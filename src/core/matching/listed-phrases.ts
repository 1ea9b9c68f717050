import { phrasesOfConcept } from './conditions.ts';
import { knownConditions } from './synonyms.ts';
import { type FollowedPhrase, followedPhrases } from './topics.ts';

let phrases: readonly FollowedPhrase[] | null = null;

/**
 * The phrases of the committed list's conditions, as if somebody followed them all: every trial is matched against them
 * when it is read, so that a condition's page shows a fifth more than what the registry files under its heading (M1).
 */
export function listedPhrases(): readonly FollowedPhrase[] {
  phrases ??= knownConditions.flatMap(({ id, term }) =>
    followedPhrases({ conceptId: id, phrases: phrasesOfConcept({ id, term }, term) }),
  );
  return phrases;
}

/** Whether every trial is matched against a condition's phrases, followed or not. */
export function isListed(conceptId: string): boolean {
  return knownConditions.some(({ id }) => id === conceptId);
}
