import type { Matchable } from '../matching/concepts-weak.ts';
import { type ConditionMatch, type FollowedCondition, matchOf } from '../matching/topics.ts';
import { foldName } from '../text/folding.ts';
import type { Trial } from '../trial.ts';

/**
 * What a reader said does not fit a condition that they follow: one trial, with the way in which it matched; without
 * `trial`, all trials that match only in this way.
 */
export type Exclusion = { by: ConditionMatch['by']; words: string; trial?: string };

/** A trial, as it is matched. */
type Numbered = Matchable & Pick<Trial, 'aliases'>;

/** A followed condition, and what its reader said does not fit. */
export type NarrowedCondition = FollowedCondition & { exclusions?: readonly Exclusion[] | null };

/** The most exclusions of one subscription: with more, its condition is not the one that its reader means. */
export const exclusionsAtMost = 200;

/** How a trial matches beside what its reader excluded; null if it does not. */
export function matchBeside(trial: Numbered, followed: NarrowedCondition): ConditionMatch | null {
  const { exclusions } = followed;
  if (!exclusions?.length) return matchOf(trial, followed);
  if (isTrialExcluded(trial, exclusions)) return null;
  const ways = new Set(exclusions.map(keyOfExclusion));
  return matchOf(trial, followed, (way) => ways.has(keyOfExclusion(way)));
}

/** Whether a trial is one that its reader excluded; null if it does not match at all. */
export function isExcluded(trial: Numbered, followed: NarrowedCondition): boolean | null {
  const { exclusions } = followed;
  if (!exclusions?.length) return false;
  if (isTrialExcluded(trial, exclusions)) return true;
  return matchOf(trial, followed) === null ? null : matchBeside(trial, followed) === null;
}

/** Whether trials that match only in this way can be excluded: not if it is all that is followed. */
export function isExcludable(way: ConditionMatch, followed: FollowedCondition): boolean {
  if (way.by === 'concept') return false;
  if (way.by === 'phrase') return followed.conceptId !== null || followed.phrases.length > 1;
  return way.by !== 'beneath' || foldName(way.words) !== foldName(followed.conceptTerm ?? '');
}

/** The exclusions with one more, which stands once; null if there are too many. */
export function withExclusion(exclusions: readonly Exclusion[], one: Exclusion): Exclusion[] | null {
  if (exclusions.some((known) => keyOfExclusion(known) === keyOfExclusion(one))) return [...exclusions];
  return exclusions.length < exclusionsAtMost ? [...exclusions, one] : null;
}

/** The exclusions without those that leave out the same as this one. */
export function withoutExclusion(exclusions: readonly Exclusion[], one: Exclusion): Exclusion[] {
  return exclusions.filter((known) => keyOfExclusion(known) !== keyOfExclusion(one));
}

/** Equal for exclusions that leave out the same trials. */
export function keyOfExclusion({ by, words, trial }: Exclusion): string {
  return trial === undefined ? `${by} ${foldName(words)}` : `trial ${trial}`;
}

function isTrialExcluded({ id, aliases }: Numbered, exclusions: readonly Exclusion[]): boolean {
  return exclusions.some(({ trial }) => trial !== undefined && (trial === id || aliases.includes(trial)));
}
