import { canonicalText } from '../canonical.ts';
import type { Site } from '../trial.ts';
import { findBlocks, findBlocksInTurn, type KeyAt, type Open } from './blocks.ts';
import type { Sides } from './candidates.ts';
import {
  detailsOf,
  findOnly,
  hasEqualDetails,
  identityOf,
  isCanonical,
  isOnePlace,
  onlyKeys,
  twinKeys,
} from './equal.ts';
import type { SiteCard } from './judge.ts';
import { departmentKeys, organisationOf } from './organisation.ts';
import type { SitePair } from './sites.ts';

/** Two lists while they are paired: the pairs so far, and the open entries. */
export class Pairing {
  readonly pairs: SitePair[] = [];
  readonly #before: readonly Site[];
  readonly #after: readonly Site[];
  readonly #openBefore: Set<number>;
  readonly #openAfter: Set<number>;

  constructor(before: readonly Site[], after: readonly Site[]) {
    this.#before = before;
    this.#after = after;
    this.#openBefore = new Set(before.keys());
    this.#openAfter = new Set(after.keys());
  }

  /** Whether every entry has a partner. */
  isDone(): boolean {
    return this.#openBefore.size === 0 && this.#openAfter.size === 0;
  }

  /** The entries without a partner, in the order of their lists. */
  open(): Open {
    return { before: [...this.#openBefore], after: [...this.#openAfter] };
  }

  isOpen({ row, column }: { row: number; column: number }): boolean {
    return this.#openBefore.has(row) && this.#openAfter.has(column);
  }

  /** Whether every entry without a partner names its organisation. */
  isOpenKnown(): boolean {
    const isKnown = (site: Site | undefined) => site !== undefined && site.orgId !== null;
    return (
      [...this.#openBefore].every((index) => isKnown(this.#before[index])) &&
      [...this.#openAfter].every((index) => isKnown(this.#after[index]))
    );
  }

  /**
   * Pairs entries of one organisation in one country, whatever their names (X6). Of several, pairs those of
   * the same department first.
   */
  pairByOrganisation(): void {
    const blocks = findBlocks(this.open(), (side, index) => {
      const organisation = organisationOf(this.#siteAt(side, index));
      return organisation === null ? [] : [organisation];
    });
    for (const { before, after } of blocks)
      for (const key of departmentKeys)
        for (const [row, column] of this.#match(before, after, key))
          this.#pairSame(row, column, 'the same organisation');
  }

  /** Pairs two entries of one site, which may be equal. */
  #pairSame(row: number, column: number, phrase: string): void {
    const [was, is] = [this.#before[row], this.#after[column]];
    const isEqual = was && is && isOnePlace(was, is) && hasEqualDetails(was, is);
    if (isEqual) this.#pair(row, column, 'the same entry', 'equal');
    else this.#pair(row, column, phrase);
  }

  /** Pairs equal entries at the same distance from the start or the end: lists mostly stay as they are. */
  pairInPlace(): void {
    const [rows, columns] = [this.#before.length, this.#after.length];
    const shorter = Math.min(rows, columns);
    const isEqual = (row: number, column: number) => {
      const [was, is] = [this.#before[row], this.#after[column]];
      return was !== undefined && is !== undefined && isOnePlace(was, is) && hasEqualDetails(was, is);
    };
    let start = 0;
    for (; start < shorter && isEqual(start, start); start++)
      this.#pair(start, start, 'the same entry', 'equal');
    let end = 0;
    for (; end < shorter - start && isEqual(rows - 1 - end, columns - 1 - end); end++) {
      this.#pair(rows - 1 - end, columns - 1 - end, 'the same entry', 'equal');
    }
  }

  /**
   * Pairs entries whose name occurs once in each list and whose place is written identically: most entries,
   * at little cost.
   */
  pairByOnlyName(): void {
    const left = findOnly(this.#openBefore, this.#before);
    const right = findOnly(this.#openAfter, this.#after);
    for (const [name, before] of left) {
      const after = right.get(name);
      const [was, is] = [this.#before[before], this.#after[after ?? -1]];
      if (!was || !is || after === undefined || !isOnePlace(was, is)) continue;
      this.#pairSame(before, after, 'same name and place');
    }
  }

  /**
   * Pairs entries of one name and place. Among several, pairs those with equal details first, then those with
   * equal status.
   */
  pairIdentical(): void {
    this.#pairBySite(({ facility }) => facility, identityOf);
  }

  /** Pairs entries whose name and place differ only in spacing or Unicode form. */
  pairRespaced(): void {
    const { before, after } = this.open();
    const sites = [...before.map((row) => this.#before[row]), ...after.map((column) => this.#after[column])];
    // Plain entries that are equal are paired by now.
    if (sites.every((site) => site === undefined || isCanonical(site))) return;
    this.#pairBySite(
      ({ facility }) => canonicalText(facility),
      (site) => canonicalText(identityOf(site)),
    );
  }

  /**
   * Pairs entries with the same key in different spellings: a whole list can be respelled without
   * comparisons. The `coarse` key needs no work, and follows from the key.
   */
  pairAlike(
    cards: Sides,
    coarse: (card: SiteCard) => string | null,
    keyOf: (card: SiteCard) => string | null,
    phrase: string,
  ): void {
    this.#pairBlocks(
      (side, index) => coarse(cards[side].at(index)),
      (side, index) => keyOf(cards[side].at(index)),
      phrase,
    );
  }

  #pairBySite(coarse: (site: Site) => string, keyOf: (site: Site) => string): void {
    this.#pairBlocks(this.#keyOfSite(coarse), this.#keyOfSite(keyOf));
  }

  #pairBlocks(coarse: KeyAt, fine: KeyAt, phrase?: string): void {
    if (this.#openBefore.size === 0 || this.#openAfter.size === 0) return;
    for (const { before, after } of findBlocksInTurn(this.open(), coarse, fine))
      this.#pairTwins(before, after, phrase);
  }

  /** Pairs rows and columns with one key: by details, then by status, then in order. */
  #pairTwins(rows: readonly number[], columns: readonly number[], alike?: string): void {
    for (const [key, phrase] of rows.length + columns.length > 2 ? twinKeys : onlyKeys) {
      const isEqual = key === detailsOf && alike === undefined;
      for (const [row, column] of this.#match(rows, columns, key))
        this.#pair(row, column, alike ?? phrase, isEqual ? 'equal' : 'paired');
    }
  }

  /** The open rows and columns with equal keys, each once, in order. */
  #match(rows: readonly number[], columns: readonly number[], key: (site: Site) => string) {
    const open = columns.filter((index) => this.#openAfter.has(index)).reverse();
    const keyAt = this.#keyOfSite(key);
    const waiting = Map.groupBy(open, (index) => keyAt('after', index));
    const matched: [row: number, column: number][] = [];
    for (const row of rows) {
      const column = this.#openBefore.has(row) ? waiting.get(keyAt('before', row))?.pop() : undefined;
      if (column !== undefined) matched.push([row, column]);
    }
    return matched;
  }

  #siteAt(side: keyof Open, index: number): Site | undefined {
    return (side === 'before' ? this.#before : this.#after)[index];
  }

  #keyOfSite(key: (site: Site) => string): KeyAt {
    return (side, index) => {
      const site = this.#siteAt(side, index);
      return site ? key(site) : null;
    };
  }

  /** Adds pairs that were chosen elsewhere. */
  take(chosen: readonly { row: number; column: number; phrase: string }[]): void {
    for (const { row, column, phrase } of chosen) this.#pair(row, column, phrase);
  }

  #pair(before: number, after: number, phrase: string, kind: 'equal' | 'paired' = 'paired'): void {
    this.pairs.push({ kind, before, after, phrase });
    this.#openBefore.delete(before);
    this.#openAfter.delete(after);
  }
}
