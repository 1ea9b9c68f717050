import { groupOfStatus, type StatusGroup, statusGroups } from '../status-groups.ts';
import { foldWords } from '../text/text.ts';
import type { TrialStatus } from '../trial.ts';

/** Longest name of a reader's list, in characters. */
export const listNameAtMost = 60;

/** What a reader's page of subscriptions is sorted and grouped by. */
export type OwnEntry = {
  id: number;
  kind: 'trial' | 'condition';
  name: string;
  status: TrialStatus | null;
  isPaused: boolean;
  listName: string;
  /** When it last changed within the days that count as new; empty if it did not. */
  changedAt: string;
  /** Everything that a search looks through. */
  searched: string;
};

/** How a reader sorts their list. */
export const ownOrders = ['changed', 'name', 'added'] as const;
/** The name of an order. */
export type OwnOrder = (typeof ownOrders)[number];

/** The groups of a reader's list: conditions, what is new, their own lists, their pauses, and statuses. */
export type OwnGroupKey = 'conditions' | 'changed' | 'halted' | 'unread' | StatusGroup | `list:${string}`;

/** The entries that hold every word of a search, whatever their case and accents. */
export function searchOwn<T extends OwnEntry>(entries: readonly T[], typed: string): T[] {
  const words = foldWords(typed)
    .split(' ')
    .filter((word) => word !== '');
  return entries.filter(({ searched }) => {
    const folded = foldWords(searched);
    return words.every((word) => folded.includes(word));
  });
}

/**
 * Groups a reader's list, each entry once: what changed lately first, then their own lists, conditions, and trials by
 * status, with those they paused last.
 */
export function groupOwn<T extends OwnEntry>(
  entries: readonly T[],
  order: OwnOrder,
  language: string,
): { key: OwnGroupKey; entries: T[] }[] {
  const sorted = entries.toSorted(
    (a, b) =>
      (order === 'changed' ? b.changedAt.localeCompare(a.changedAt) : 0) ||
      (order === 'added' ? b.id - a.id : a.name.localeCompare(b.name, language)) ||
      a.id - b.id,
  );
  const groups = Map.groupBy(sorted, groupKeyOf);
  const lists = [...groups.keys()]
    .filter((key) => key.startsWith('list:'))
    .toSorted((a, b) => a.localeCompare(b, language));
  const keys: OwnGroupKey[] = ['changed', ...lists, 'conditions', ...statusGroups, 'unread', 'halted'];
  return keys.flatMap((key) => {
    const found = groups.get(key);
    return found ? [{ key, entries: found }] : [];
  });
}

function groupKeyOf({ kind, status, isPaused, listName, changedAt }: OwnEntry): OwnGroupKey {
  if (changedAt !== '' && kind === 'trial' && !isPaused) return 'changed';
  if (listName !== '') return `list:${listName}`;
  if (isPaused) return 'halted';
  if (kind === 'condition') return 'conditions';
  return status === null ? 'unread' : groupOfStatus(status);
}
