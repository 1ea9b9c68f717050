import { readNumbers } from '../../core/links/registry-numbers.ts';
import type { InputResolution } from '../../core/matching/understood.ts';
import type { TrialName } from '../../core/subscriptions/typed-text.ts';
import type { AskTrials } from './find-trials.ts';

/** The registry that knows the EudraCT numbers of the trials that moved there. */
const movedTo = 'ctis';
/** Numbers in one question, and in all: each takes the registry two requests. */
const numbersAtOnce = 5;
const numbersAtMost = 20;

/**
 * Asks CTIS for the EudraCT numbers that no stored record gives, and makes those it knows trials of their texts.
 * Others stay refused; `away` if it does not answer, or if there are too many to ask for at once.
 */
export async function askOlderNumbers(
  reads: readonly { trials: TrialName[]; refused: InputResolution[] }[],
  ask: AskTrials,
): Promise<void> {
  const numbers = [
    ...new Set(reads.flatMap(({ refused }) => refused.flatMap((one) => olderNumber(one) ?? []))),
  ];
  const known = new Set<string>();
  const unanswered = new Set(numbers);
  for (let at = 0; at < Math.min(numbers.length, numbersAtMost); at += numbersAtOnce) {
    const some = numbers.slice(at, at + numbersAtOnce);
    const answer = await ask(movedTo, some);
    if (answer === null) break;
    for (const number of some) {
      unanswered.delete(number);
      if (answer.has(number)) known.add(number);
    }
  }
  for (const read of reads)
    read.refused = read.refused.flatMap((one): InputResolution[] => {
      const number = olderNumber(one);
      if (number === null || one.kind !== 'other-number') return [one];
      if (known.has(number)) read.trials.push({ registry: movedTo, id: number });
      else return [unanswered.has(number) ? { kind: 'away', words: one.words } : one];
      return [];
    });
}

/** A EudraCT number as a name at CTIS, if that is what was refused; else null. */
export function olderTrial(refused: InputResolution): TrialName | null {
  const id = olderNumber(refused);
  return id === null ? null : { registry: movedTo, id };
}

/** The older numbers in a text under which a registry may know trials: EudraCT's for CTIS. */
export function olderIdsOf(registry: string, text: string): string[] {
  if (registry !== movedTo) return [];
  return readNumbers(text).flatMap(({ register, number }) => (register === 'eudract' ? number : []));
}

function olderNumber(one: InputResolution): string | null {
  if (one.kind !== 'other-number' || one.register !== 'eudract') return null;
  return olderIdsOf(movedTo, one.words)[0] ?? null;
}
