import type { ResolvedCondition } from '../../core/matching/understood.ts';
import type { InputProblem } from '../../core/wording/problem-sentence.ts';

/** One checkbox. `understood` is set if the offer was requested or ticked. */
export type Offer = {
  value: string;
  kind: 'trial' | 'condition';
  label: string;
  /** The label comes from the registry, not from the reader. */
  isRegistryText: boolean;
  /** The id of the trial. */
  id: string | null;
  isTicked: boolean;
  /** The registry of another record of an offered trial: nobody follows it who did not tick it (X8). */
  alsoIn?: string;
  weeklyOnly: boolean;
  understood: ResolvedCondition | null;
  watchedSince: string | null;
};

/**
 * An ambiguous word with its possible meanings (M2), or an umbrella term with narrower terms (M1c). `offers`
 * includes the words themselves if they can be followed; `meant` counts the others. `beside`: further
 * subjects of trials with the word.
 */
export type Choices = {
  words: string;
  why: 'choose' | 'umbrella';
  meant: number;
  offers: Offer[];
  beside: Offer[];
};

/** Why something cannot be followed; `away`: it could not be looked up now. */
export type OfferProblem = InputProblem;

export type Offers = {
  trials: Offer[];
  conditions: Offer[];
  choices: Choices[];
  problems: OfferProblem[];
  /** Cities where the trials have sites. */
  cities: string[];
  /** The offers that are ticked and resolved. */
  ticked: (Offer & { understood: ResolvedCondition })[];
};
