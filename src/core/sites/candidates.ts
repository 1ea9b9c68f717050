import type { PairCandidate } from './assign.ts';
import type { BlockKeys } from './block-keys.ts';
import { type Block, findBlocks, type Open } from './blocks.ts';
import type { Cards } from './cards.ts';
import type { Judge, SiteCard } from './judge.ts';
import type { Steps } from './steps.ts';

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
  *find(open: Open, keysOf: BlockKeys): Steps<SiteCandidate[]> {
    this.isPartial = false;
    this.#found = [];
    // An open entry that had found a partner has lost it to another.
    this.#settledRows.clear();
    this.#settledColumns.clear();
    if (open.before.length === 0 || open.after.length === 0) return [];
    const blocks = groupByKey(open, this.#cards, keysOf);
    for (const block of blocks) {
      yield;
      if (this.#seen.size >= this.#most) break;
      const isSmall = sizeOf(block) <= smallBlock || this.#seen.size + sizeOf(block) <= fewComparisons;
      if (isSmall) yield* this.#compareAll(block);
      else yield* this.#compareNeighbors(block);
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
    this.#found.push({ row, column, cost: verdict.cost, phrase: verdict.phrase });
    if (verdict.cost > settledCost) return;
    this.#settledRows.add(row);
    this.#settledColumns.add(column);
  }

  *#compareAll({ before, after }: Block): Steps<void> {
    for (const row of before) {
      yield;
      for (const column of after) this.#compare(row, column);
    }
  }

  /** Two entries that have both found a partner by a rarer word are not compared by a commoner one. */
  #compareUnsettled({ before, after }: Block): void {
    for (const row of before)
      for (const column of after)
        if (!this.#settledRows.has(row) || !this.#settledColumns.has(column)) this.#compare(row, column);
  }

  *#compareNeighbors(block: Block): Steps<void> {
    const cards = this.#cards;
    const parts = groupByKey(block, cards, wordKeys);
    for (const part of parts) {
      yield;
      if (sizeOf(part) <= smallPart) this.#compareUnsettled(part);
    }
    const isNamed = (side: Cards) => (index: number) => !side.at(index).name.anonymous;
    const areNamed = block.before.every(isNamed(cards.before)) && block.after.every(isNamed(cards.after));
    const rows = sortCards(block.before, cards.before, areNamed);
    const columns = sortCards(block.after, cards.after, areNamed);
    let merged = 0;
    for (const [rank, { index: row, card }] of rows.entries()) {
      yield;
      while (merged < columns.length && orderCards(columns[merged]?.card ?? card, card, areNamed) < 0)
        merged++;
      const ranked = Math.round((rank * columns.length) / rows.length);
      for (const at of [merged, ranked, merged - 1, ranked - 1, ranked + 1]) {
        if (this.#settledRows.has(row)) break;
        const column = columns[at];
        if (column) this.#compare(row, column.index);
      }
    }
  }
}

const sizeOf = (block: Block) => block.before.length * block.after.length;

/** The words of a name, each once, and the postcode. */
function wordKeys({ name, place }: SiteCard): string[] {
  const { tokens } = name.words;
  const isOnce = tokens.every((word, at) => tokens.indexOf(word) === at);
  return [place.zip === '' ? noZip : `zip ${place.zip}`, ...(isOnce ? tokens : new Set(tokens))];
}

const noZip = 'zip ';

/** The blocks with entries in both lists, the smallest first. */
function groupByKey(open: Open, cards: Sides, keysOf: BlockKeys): Block[] {
  const blocks = findBlocks(open, (side, index) => keysOf(cards[side].at(index)));
  const bySize = [...Map.groupBy(blocks, sizeOf)].sort(([a], [b]) => a - b);
  return bySize.flatMap(([, alike]) => alike.sort((a, b) => (a.key < b.key ? -1 : 1)));
}

type Sorted = { index: number; card: SiteCard };

function sortCards(indexes: readonly number[], side: Cards, areNamed: boolean): Sorted[] {
  return indexes
    .map((index) => ({ index, card: side.at(index) }))
    .sort((a, b) => orderCards(a.card, b.card, areNamed));
}

/** Sorts by name. A placeholder may stand for any name, so with one among them the status says most. */
function orderCards(a: SiteCard, b: SiteCard, areNamed: boolean): number {
  return (
    (areNamed ? orderText(a.name.compact, b.name.compact) : orderText(a.site.status, b.site.status)) ||
    orderText(a.name.number, b.name.number) ||
    orderText(a.place.zip, b.place.zip) ||
    orderText(a.site.status, b.site.status)
  );
}

function orderText(a: string | null, b: string | null): number {
  if (a === b) return 0;
  return (a ?? '') < (b ?? '') ? -1 : 1;
}
