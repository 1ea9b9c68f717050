import type { Instant } from '../../core/trial.ts';

/** A span of time: from its first instant up to, not including, its last. */
export type Window = { from: Instant; to: Instant };

/** The number of records asked for at once, about two megabytes. */
export const recordsAtMost = 100;
/** A longer window is counted before it is read, in milliseconds. */
export const longestUncounted = 14 * 24 * 3_600_000;
/** Numbers in one question. */
export const numbersAtOnce = 25;

/** Longer words are cut: no condition is longer, and addresses have limits. */
const longestWords = 300;

/**
 * The question for records edited within a window. The registry silently drops a clause whose date has no
 * time, and then answers with everything: both always have one.
 */
export function editedWithin({ from, to }: Window): string {
  return `lastEdited GE ${toTime(from)} AND lastEdited LT ${toTime(to)}`;
}

/** The registry's time has no zone and no fraction; it is UTC. */
function toTime(instant: Instant): string {
  return new Date(instant).toISOString().slice(0, 19);
}

/** The two halves of a window, cut at a whole second; null if it is too short to be cut. */
export function halve({ from, to }: Window): [Window, Window] | null {
  const seconds = (instant: Instant) => Math.floor(Date.parse(instant) / 1000);
  const middle = Math.floor((seconds(from) + seconds(to)) / 2);
  if (middle <= seconds(from) || middle >= seconds(to)) return null;
  const cut = new Date(middle * 1000).toISOString();
  return [
    { from, to: cut },
    { from: cut, to },
  ];
}

/** The question for records by their numbers: an answer needs one of several plain words. */
export function withNumbers(ids: readonly string[]): string {
  return ids.join(' ');
}

/**
 * The clause for records of a condition: its words as one phrase. Everything that the registry's query
 * language would obey is removed; empty if nothing is left.
 */
export function ofCondition(words: string): string {
  const plain = words
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .slice(0, longestWords)
    .trim();
  return plain === '' ? '' : `condition:"${plain.toLowerCase()}"`;
}

/** The parameters of a question. */
export function toQuestion(question: string, limit: number): URLSearchParams {
  return new URLSearchParams({ q: question, limit: String(limit) });
}
