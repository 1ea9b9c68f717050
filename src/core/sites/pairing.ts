import type { Site } from '../trial.ts';
import type { Open, Sides } from './candidates.ts';
import { detailsOf, hasEqualDetails, isOnePlace, onlyKeys, twinKeys } from './equal.ts';
import type { SiteCard } from './judge.ts';
import { departmentKeys, organisationOf } from './organisation.ts';
import type { SitePair } from './site-pair.ts';

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
    const columns = Map.groupBy(this.#openAfter, (index) => organisationOf(this.#after[index]));
    for (const [organisation, rows] of Map.groupBy(this.#openBefore, (index) =>
      organisationOf(this.#before[index]),
    )) {
      const found = organisation === null ? undefined : columns.get(organisation);
      for (const key of found ? departmentKeys : []) {
        const waiting = Map.groupBy(
          (found ?? []).filter((index) => this.#openAfter.has(index)).reverse(),
          (index) => keyAt(this.#after, index, key),
        );
        for (const row of rows.filter((index) => this.#openBefore.has(index))) {
          const column = waiting.get(keyAt(this.#before, row, key))?.pop();
          if (column !== undefined) this.#pairSame(row, column, 'the same organisation');
        }
      }
    }
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
  pairIdentical(identity: (site: Site) => string): void {
    this.#pairGroups(
      (index) => keyAt(this.#before, index, identity),
      (index) => keyAt(this.#after, index, identity),
    );
  }

  /**
   * Pairs entries with the same key in different spellings: a whole list can be respelled without
   * comparisons.
   */
  pairAlike(cards: Sides, key: (card: SiteCard) => string | null, phrase: string): void {
    this.#pairGroups(
      (index) => key(cards.before.at(index)),
      (index) => key(cards.after.at(index)),
      phrase,
    );
  }

  #pairGroups(
    left: (index: number) => string | null,
    right: (index: number) => string | null,
    phrase?: string,
  ): void {
    if (this.#openBefore.size === 0 || this.#openAfter.size === 0) return;
    const columns = Map.groupBy(this.#openAfter, right);
    for (const [key, rows] of Map.groupBy(this.#openBefore, left)) {
      const found = key === null ? undefined : columns.get(key);
      if (found) this.#pairTwins(rows, found, phrase);
    }
  }

  /** Pairs rows and columns with one key: by details, then by status, then in order. */
  #pairTwins(rows: readonly number[], columns: readonly number[], alike?: string): void {
    for (const [key, phrase] of rows.length + columns.length > 2 ? twinKeys : onlyKeys) {
      const open = columns.filter((index) => this.#openAfter.has(index)).reverse();
      const waiting = Map.groupBy(open, (index) => keyAt(this.#after, index, key));
      for (const row of rows) {
        if (!this.#openBefore.has(row)) continue;
        const column = waiting.get(keyAt(this.#before, row, key))?.pop();
        if (column === undefined) continue;
        const isEqual = key === detailsOf && alike === undefined;
        this.#pair(row, column, alike ?? phrase, isEqual ? 'equal' : 'paired');
      }
    }
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

/** The position of each name that occurs once. */
function findOnly(indexes: Iterable<number>, sites: readonly Site[]): Map<string, number> {
  const only = new Map<string, number>();
  const seen = new Set<string>();
  for (const index of indexes) {
    const name = sites[index]?.facility ?? '';
    if (seen.has(name)) only.delete(name);
    else only.set(name, index);
    seen.add(name);
  }
  return only;
}

function keyAt(sites: readonly Site[], index: number, key: (site: Site) => string): string {
  const site = sites[index];
  return site ? key(site) : '';
}
