import type { PairCandidate } from './assign.ts';
import type { BlockKeys } from './block-keys.ts';
import type { Cards } from './cards.ts';
import type { Judge } from './judge.ts';

/** The positions of entries in both lists that have no partner yet. */
export type Open = { before: readonly number[]; after: readonly number[] };

/** The sites of both versions. */
export type Sides = { before: Cards; after: Cards };

/** A possible pair, with the reason. */
export type SiteCandidate = PairCandidate & { phrase: string };

/**
 * In a block of up to this size, all entries are compared with one another; in larger blocks too, while
 * comparisons are few.
 */
const smallBlock = 64;
const fewComparisons = 10_000;

/** The number of comparisons is limited to the few plus this many for each entry of the lists. */
const mostPerEntry = 2;

/**
 * In a larger block, an entry is compared with those that share a word or a postcode, and with its neighbours
 * in sorted order.
 */
const smallPart = 16;
const neighbors = 2;

/** At this cost or less, an entry has found its partner. */
const settledCost = 0.3;

/**
 * Finds the pairs of open entries that may be one site. Uses blocking, and sorted neighbourhoods in large
 * blocks, as record linkage does. The number of comparisons is linear in the length of the lists. No pair is
 * judged twice.
 */
export class CandidateSearch {
  readonly #cards: Sides;
  readonly #judge: Judge;
  readonly #most: number;
  readonly #seen = new Set<number>();
  readonly #settledRows = new Set<number>();
  readonly #settledColumns = new Set<number>();
  #found: SiteCandidate[] = [];
  /** Whether the last search skipped pairs of a large block, so that another search may find more. */
  isPartial = false;

  constructor(cards: Sides, judge: Judge) {
    this.#cards = cards;
    this.#judge = judge;
    this.#most = fewComparisons + mostPerEntry * (cards.before.sites.length + cards.after.sites.length);
  }

  /** Finds new candidates that share a key of `keysOf`. */
  find(open: Open, keysOf: BlockKeys): SiteCandidate[] {
    this.isPartial = false;
    this.#found = [];
    if (open.before.length === 0 || open.after.length === 0) return [];
    for (const block of groupByKey(open, this.#cards, keysOf)) {
      if (this.#seen.size >= this.#most) break;
      const isSmall = sizeOf(block) <= smallBlock || this.#seen.size + sizeOf(block) <= fewComparisons;
      if (isSmall) this.#compareAll(block);
      else this.#compareNeighbors(block);
      this.isPartial ||= !isSmall;
    }
    return this.#found;
  }

  #compare(row: number, column: number): void {
    const pair = row * this.#cards.after.sites.length + column;
    if (this.#seen.has(pair) || this.#seen.size >= this.#most) return;
    this.#seen.add(pair);
    const verdict = this.#judge(this.#cards.before.at(row), this.#cards.after.at(column));
    if (verdict === null) return;
    this.#found.push({ row, column, ...verdict });
    if (verdict.cost > settledCost) return;
    this.#settledRows.add(row);
    this.#settledColumns.add(column);
  }

  #compareAll({ before, after }: Block): void {
    for (const row of before) for (const column of after) this.#compare(row, column);
  }

  /** Two entries that have both found a partner by a rarer word are not compared by a commoner one. */
  #compareUnsettled({ before, after }: Block): void {
    for (const row of before)
      for (const column of after)
        if (!this.#settledRows.has(row) || !this.#settledColumns.has(column)) this.#compare(row, column);
  }

  #compareNeighbors(block: Block): void {
    const cards = this.#cards;
    const parts = groupByKey(block, cards, ({ name, place }) => [
      `zip ${place.zip}`,
      ...new Set(name.words.tokens),
    ]);
    for (const part of parts) if (sizeOf(part) <= smallPart) this.#compareUnsettled(part);
    const isNamed = (side: Cards) => (index: number) => !side.at(index).name.anonymous;
    const areNamed = block.before.every(isNamed(cards.before)) && block.after.every(isNamed(cards.after));
    // A placeholder may stand for any name, so its status says most.
    const order = (side: Cards) => (index: number) => {
      const { name, place, site } = side.at(index);
      return `${areNamed ? name.compact : site.status}\n${name.number}\n${place.zip}\n${site.status}`;
    };
    const rows = sortBy(block.before, order(cards.before));
    const columns = sortBy(block.after, order(cards.after));
    rows.forEach((row, rank) => {
      if (this.#settledRows.has(row)) return;
      const at = Math.round((rank * columns.length) / rows.length);
      const near = columns.slice(Math.max(0, at - neighbors), at + neighbors + 1);
      for (const column of near) this.#compare(row, column);
    });
  }
}

type Block = { key: string; before: number[]; after: number[] };

const sizeOf = (block: Block) => block.before.length * block.after.length;

/** The blocks with entries in both lists, the smallest first. */
function groupByKey(open: Open, cards: Sides, keysOf: BlockKeys): Block[] {
  const blocks = new Map<string, Block>();
  for (const row of open.before) {
    for (const key of keysOf(cards.before.at(row))) {
      const block = blocks.get(key);
      if (block) block.before.push(row);
      else blocks.set(key, { key, before: [row], after: [] });
    }
  }
  for (const column of open.after)
    for (const key of keysOf(cards.after.at(column))) blocks.get(key)?.after.push(column);
  return [...blocks.values()]
    .filter(({ after }) => after.length > 0)
    .sort((a, b) => sizeOf(a) - sizeOf(b) || (a.key < b.key ? -1 : 1));
}

function sortBy(indexes: readonly number[], keyOf: (index: number) => string): number[] {
  return indexes
    .map((index) => ({ index, key: keyOf(index) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ index }) => index);
}
