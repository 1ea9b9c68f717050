import type { TrialStatus } from '../trial.ts';
import { type LinkFacts, numbersOf } from './link-facts.ts';
import { numberKey } from './registry-numbers.ts';
import type { Link, LinkEvidence, LinkRule } from './same-trial.ts';

/** A stored record that is linked with a trial. */
export type StoredListing = Link & {
  registry: string;
  id: string;
  aliases: string[];
  title: string;
  status: TrialStatus;
};

/** Another record of a trial. `isStored` is false if only its number is known here. */
export type OtherRecord = {
  registry: string;
  id: string;
  same: boolean;
  rule: LinkRule;
  evidence: Omit<LinkEvidence, 'keys'>;
  isStored: boolean;
};

/**
 * The other records of a trial: the linked ones, then those whose numbers it names but that are not stored
 * here. A named number in `umbrellas`, and one whose record turned out to be another trial, is no listing.
 */
export function listingsOf(
  facts: LinkFacts,
  stored: readonly StoredListing[],
  umbrellas: ReadonlySet<string>,
): OtherRecord[] {
  const known = new Set(stored.flatMap(({ id, aliases }) => [id, ...aliases].map(numberKey)));
  const named = numbersOf(facts).named.filter(
    ({ register, number }) =>
      register !== 'utn' && !known.has(numberKey(number)) && !umbrellas.has(numberKey(number)),
  );
  return [
    ...stored.map(({ registry, id, same, rule, evidence: { keys: _, ...evidence } }) => ({
      ...{ registry, id, same, rule, evidence },
      isStored: true,
    })),
    ...named.map(({ register, number }) => ({
      ...{ registry: register, id: number, same: true, rule: 'named' as const },
      evidence: { numbers: [number], agreements: [], contradictions: [] },
      isStored: false,
    })),
  ];
}
