import type { DigestChange } from '../digest-change.ts';
import type { TrialCard } from './card.ts';
import type { Folded } from './fold.ts';
import { isSameFact } from './same-fact.ts';

/** What another registry's record of a trial says, in the trial's card. Without news it has no changes. */
export type Elsewhere = {
  card: TrialCard;
  changes: DigestChange[];
  folded: Folded[];
  /** It also says what the trial's own record says; such changes are told once. */
  agrees?: true;
};

/** A trial with its news, as a digest has it. */
type Told = Omit<Elsewhere, 'agrees'> & { reasons: { subscriptionId: number }[]; elsewhere?: Elsewhere[] };

/** The maximum number of other records in one card. */
const shownAtMost = 5;

/**
 * Puts linked records into one card: that of the first, heaviest one. `cards` are the records linked with each trial
 * of `trials`, which are in order. Nothing of a record is lost: its changes stand in its line of the card,
 * except those that say the same as the first record's.
 */
export function groupLinked<T extends Told>(
  trials: readonly T[],
  cards: ReadonlyMap<T, readonly TrialCard[]>,
): T[] {
  const keyOf = (card: TrialCard) => `${card.registry} ${card.id}`;
  const byKey = new Map(trials.map((trial) => [keyOf(trial.card), trial]));
  const taken = new Set<T>();
  const grouped: T[] = [];
  for (const trial of trials) {
    if (taken.has(trial)) continue;
    taken.add(trial);
    const linked = (cards.get(trial) ?? []).flatMap((card) => {
      const told = byKey.get(keyOf(card));
      return told && taken.has(told) ? [] : [{ card, told }];
    });
    // Records with news first: these are never left out.
    const shown = linked.toSorted((a, b) => Number(b.told !== undefined) - Number(a.told !== undefined));
    const others = shown.filter(({ told }, at) => told !== undefined || at < shownAtMost);
    for (const { told } of others) if (told) taken.add(told);
    const reasons = others.flatMap(({ told }) => told?.reasons ?? []);
    const known = new Set(trial.reasons.map(({ subscriptionId }) => subscriptionId));
    grouped.push(
      others.length === 0
        ? trial
        : {
            ...trial,
            reasons: [
              ...trial.reasons,
              ...reasons.filter(({ subscriptionId }) => !known.has(subscriptionId)),
            ],
            elsewhere: others.map(({ card, told }) => elsewhereOf(card, told, trial.changes)),
          },
    );
  }
  return grouped;
}

function elsewhereOf(card: TrialCard, told: Told | undefined, first: readonly DigestChange[]): Elsewhere {
  if (!told) return { card, changes: [], folded: [] };
  const isSaid = (change: DigestChange) => first.some((one) => isSameFact(change, one));
  const changes = told.changes.filter((change) => !isSaid(change));
  const agrees = changes.length < told.changes.length;
  return { card, changes, folded: told.folded, ...(agrees ? { agrees } : {}) };
}

/** The changes that a digest told of a record, in its own card or in that of a linked one; null if it has none. */
export function changesTold(
  trials: readonly Told[],
  registry: string,
  id: string,
): readonly DigestChange[] | null {
  const isIt = ({ card }: { card: TrialCard }) => card.registry === registry && card.id === id;
  for (const trial of trials) {
    if (isIt(trial)) return trial.changes;
    const line = trial.elsewhere?.find(isIt);
    if (line) return line.agrees ? [...line.changes, ...trial.changes] : line.changes;
  }
  return null;
}
