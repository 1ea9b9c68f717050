/** The positions of entries in both lists that have no partner yet. */
export type Open = { before: readonly number[]; after: readonly number[] };

/** Entries of both lists that share a key, by their positions. */
export type Block = { key: string; before: number[]; after: number[] };

/** Returns the keys of an entry by its list and its position. */
export type KeysAt = (side: keyof Open, index: number) => readonly string[];

/**
 * Groups open entries by key, in the order of the first list. A key that only one list has makes no block:
 * most keys of long lists are such.
 */
export function findBlocks(open: Open, keysAt: KeysAt): Block[] {
  // A row that is alone with its key so far stands for itself.
  const rows = new Map<string, number | Block>();
  for (const row of open.before) {
    for (const key of keysAt('before', row)) {
      const known = rows.get(key);
      if (known === undefined) rows.set(key, row);
      else if (typeof known === 'number') rows.set(key, { key, before: [known, row], after: [] });
      else known.before.push(row);
    }
  }
  for (const column of open.after) {
    for (const key of keysAt('after', column)) {
      const known = rows.get(key);
      if (known === undefined) continue;
      if (typeof known === 'number') rows.set(key, { key, before: [known], after: [column] });
      else known.after.push(column);
    }
  }
  return [...rows.values()].filter((found) => typeof found !== 'number' && found.after.length > 0) as Block[];
}

/** Returns the key of an entry by its list and its position; null if it has none. */
export type KeyAt = (side: keyof Open, index: number) => string | null;

/**
 * As `findBlocks` with the `fine` key, which only entries with a common `coarse` key get: the coarse one is at
 * hand, the fine one has to be made. Entries with the same fine key have the same coarse one.
 */
export function findBlocksInTurn(open: Open, coarse: KeyAt, fine: KeyAt): Block[] {
  const listOf = (keyAt: KeyAt): KeysAt => {
    return (side, index) => {
      const key = keyAt(side, index);
      return key === null ? [] : [key];
    };
  };
  return findBlocks(open, listOf(coarse))
    .flatMap((block) => findBlocks(block, listOf(fine)))
    .sort((a, b) => (a.before[0] ?? 0) - (b.before[0] ?? 0));
}
