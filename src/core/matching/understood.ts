import type { Topic } from './topics.ts';

/**
 * Typed words, understood as something that can be followed. `said` tells the person how they were
 * understood.
 */
export type ResolvedCondition = {
  kind: 'trial' | 'condition';
  registry: string;
  registryId: string | null;
  words: string;
  conceptId: string | null;
  conceptTerm: string | null;
  phrases: string[];
  topics: Topic[];
  said: string;
  /** An umbrella concept (M1c) may only be followed weekly. */
  weeklyOnly: boolean;
};

/** A concept to choose. `beside`: the words do not mean it, but trials with the words are about it too. */
export type OfferedConcept = { conceptId: string; term: string; beside?: true };

/** The result of understanding typed words (M1c, M2). */
export type InputResolution =
  | { kind: 'understood'; understood: ResolvedCondition }
  /** Several concepts fit. `literal`: the words themselves may be followed too. */
  | { kind: 'choose'; words: string; suggestions: OfferedConcept[]; literal: boolean }
  /** An attribute of many illnesses, which cannot be followed alone. */
  | { kind: 'attribute'; words: string; term: string }
  | { kind: 'too-short'; words: string }
  /** Neither a trial number nor anything that is looked up like one. */
  | { kind: 'no-number'; words: string }
  /** A number of a register that is not read, and that no stored record gives. */
  | { kind: 'other-number'; words: string; register: string }
  /** It looks like a sponsor's number, and no stored record gives it. */
  | { kind: 'unknown-number'; words: string }
  /** A number that several stored records give. */
  | { kind: 'several-trials'; words: string; trials: { id: string; title: string }[] }
  | { kind: 'unknown'; words: string }
  /** It could not be looked up now. */
  | { kind: 'away'; words: string }
  | { kind: 'no-such-trial'; registry: string; id: string };

/**
 * The words to choose from, ready to be typed: the literal ones first, then the concepts that the words mean;
 * other concepts only if there are none.
 */
export function wordsToChoose(choice: InputResolution & { kind: 'choose' }): string[] {
  const meant = choice.suggestions.filter(({ beside }) => !beside);
  const terms = (meant.length > 0 || choice.literal ? meant : choice.suggestions).map(({ term }) => term);
  return choice.literal ? [`"${choice.words}"`, ...terms] : terms;
}
