import type { DataTime } from '../age.ts';
import type { Instant } from '../trial.ts';
import { compareWeighed, type Digest, type DigestTrial, type Reason } from './digest.ts';

/**
 * What a digest says to everyone who follows the same thing from the same position. It holds nothing of a
 * person: no subscription, no typed words, no time zone.
 */
export type SharedContent = Omit<Digest, 'timezone' | 'trials'> & {
  trials: (Omit<DigestTrial, 'reasons'> & { reasons: SharedReason[] })[];
  /** The weights by which its trials are in order, for digests of several contents. */
  weights?: number[];
};

/** Why a trial is in it. A matched phrase may be somebody's words: its place among the reader's words. */
type SharedReason = Omit<Reason, 'subscriptionId' | 'words' | 'since' | 'match'> & {
  match: Exclude<Reason['match'], { by: 'phrase' }> | { by: 'phrase'; word: number };
};

/** The reader's own part of a digest: the one subscription that brings it, its words, and the time zone. */
export type ReaderPart = {
  subscriptionId: number;
  /** What is followed, in the person's own words, then the phrases by which trials matched. */
  words: string[];
  since: Instant;
  timezone: string;
};

/**
 * A digest of several contents with different trials: one for each subscription that brings news. The time of the
 * data is given if that of a content is not the whole digest's.
 */
type CombinedContent = {
  parts: (Omit<ReaderPart, 'timezone'> & { shared: SharedContent })[];
  time: DataTime | null;
  timezone: string;
};

/** The reader's part of such a digest as it is stored: for each subscription the content's id, and its own lines. */
export type DigestParts = {
  time: DataTime | null;
  of: { content: number; subscription: number; words: string[]; since: Instant }[];
};

/** A digest as it is stored: whole, or as contents that others share and the reader's own part of each. */
export type StoredContent = Digest | (ReaderPart & { shared: SharedContent }) | CombinedContent;

/**
 * What others share of a digest that was composed for nobody in particular: for one subscription without words
 * and beginning. Also returns the phrases by which trials matched: the words of each reader's part after the first.
 */
export function shareContent(
  { timezone: _, trials, ...rest }: Digest,
  weights: number[] = [],
): { shared: SharedContent; phrases: string[] } {
  const words = [''];
  const placeOf = (word: string) => {
    if (!words.includes(word)) words.push(word);
    return words.indexOf(word);
  };
  const share = ({ match, subscriptionId: _id, words: _words, since: _since, ...reason }: Reason) => ({
    ...reason,
    match: match.by === 'phrase' ? { by: match.by, word: placeOf(match.words) } : match,
  });
  const shared = trials.map((trial) => ({ ...trial, reasons: trial.reasons.map(share) }));
  return { shared: { ...rest, trials: shared, weights }, phrases: words.slice(1) };
}

/** The whole digest for its reader. */
export function openContent(stored: StoredContent): Digest {
  if ('parts' in stored) return combine(stored);
  if (!('shared' in stored)) return stored;
  const { subscriptionId, words, timezone } = stored;
  const { weights: _, ...shared } = stored.shared;
  const since = new Date(stored.since).toISOString();
  const wordAt = (place: number) => words[place] ?? '';
  return {
    ...shared,
    timezone,
    trials: shared.trials.map((trial) => ({
      ...trial,
      reasons: trial.reasons.map(({ match, ...reason }) => ({
        ...{ ...reason, subscriptionId, words: wordAt(0), since },
        match: match.by === 'phrase' ? { by: 'phrase', words: wordAt(match.word) } : match,
      })),
    })),
  };
}

/** One digest of several contents, in the order that it would have had if it had been composed whole. */
function combine({ parts, time, timezone }: CombinedContent): Digest {
  const digests = parts.map((part) => openContent({ ...part, timezone }));
  const [oldest] = digests.toSorted((a, b) => (a.composedAt < b.composedAt ? -1 : 1));
  if (!oldest) throw new Error('a digest without contents');
  const trials = digests.flatMap((digest, n) =>
    digest.trials.map((trial, at) => ({ trial, weight: parts[n]?.shared.weights?.[at] ?? 0 })),
  );
  return { ...oldest, ...time, trials: trials.sort(compareWeighed).map(({ trial }) => trial) };
}

/**
 * The number of a trial in the links of discreet mails: its place, from 1, in the digest as first planned.
 */
export function linkNumber(trial: Pick<DigestTrial, 'number'>, index: number): number {
  return trial.number ?? index + 1;
}

/**
 * Keeps the numbers of a digest that is composed again: a copy that was mailed before may contain links with
 * them.
 */
export function keepLinkNumbers(composed: Digest, before: Digest): Digest {
  const keyOf = ({ card }: DigestTrial) => `${card.registry} ${card.id}`;
  const numbers = new Map(before.trials.map((trial, n) => [keyOf(trial), linkNumber(trial, n)]));
  return {
    ...composed,
    trials: composed.trials.map((trial, n) => {
      const number = numbers.get(keyOf(trial));
      return number === undefined || number === n + 1 ? trial : { ...trial, number };
    }),
  };
}
