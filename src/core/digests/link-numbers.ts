import type { Digest, DigestTrial } from './digest.ts';

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
