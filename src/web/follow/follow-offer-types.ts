import type { ResolvedCondition } from '../../core/matching/understood.ts';

/** One box that can be ticked. `understood` is there for what was asked for or ticked. */
export type Offer = {
  value: string;
  kind: 'trial' | 'condition';
  label: string;
  /** The label is the registry's, not what somebody typed. */
  isRegistryText: boolean;
  /** The id of the trial. */
  id: string | null;
  isTicked: boolean;
  weeklyOnly: boolean;
  understood: ResolvedCondition | null;
  watchedSince: string | null;
};

/** A word that can mean several things, with what it may mean (M2); or an umbrella with what is beneath it (M1c). */
export type Choices = { words: string; why: 'choose' | 'umbrella'; offers: Offer[] };

/** Why something cannot be followed. */
export type Problem = {
  words: string;
  why: 'unknown' | 'attribute' | 'too-short' | 'no-such-trial' | 'away' | 'no-number';
};

export type Offers = {
  trials: Offer[];
  conditions: Offer[];
  choices: Choices[];
  problems: Problem[];
  /** Cities in which the trials have sites. */
  cities: string[];
  /** What is ticked and understood. */
  ticked: (Offer & { understood: ResolvedCondition })[];
};
