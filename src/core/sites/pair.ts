import { canonicalText } from '../canonical.ts';
import type { Site } from '../trial.ts';
import { assignPairs, type PairCandidate } from './assign.ts';
import { detailsOf, hasEqualDetails, identityOf, isOnePlace, onlyKeys, twinKeys } from './equal.ts';
import { type Cards, judgeSites, readSiteCard, type SiteCard } from './judge.ts';
import { findMasking, type SitePair } from './masking.ts';

/**
 * Pairs the sites of two versions of a trial as multisets, by meaning and never by index: equal entries first, then
 * by site number, then by place and name, an entry without a name standing for any name at its place. What finds no
 * partner is `gone` or `arrived`, or `masked` and `unmasked` when a whole list lost or got its names. Every entry of
 * both lists is in exactly one pair, whose phrase says why. The order of the lists makes no difference.
 */
export function pairSites(before: readonly Site[], after: readonly Site[]): SitePair[] {
  const pairing = new Pairing(before, after);
  pairing.pairInPlace();
  pairing.pairByOnlyName();
  pairing.pairIdentical(identityOf);
  pairing.pairIdentical((site) => canonicalText(identityOf(site)));
  if (pairing.isDone()) return pairing.pairs;
  const cards = readCards(before, after, pairing);
  pairing.pairUnique(foldedKey, cards);
  pairing.assign(cards);
  return [...pairing.pairs, ...findMasking(before, after, pairing.open(), cards)];
}

/** A named site in one spelling; null for a site without a name, which is no identity. */
function foldedKey(card: SiteCard): string | null {
  if (card.name.anonymous && card.name.number === null) return null;
  const { country, city, state } = card.place;
  return [country, state, city, card.name.number, card.name.compact].join('\n');
}

function readCards(before: readonly Site[], after: readonly Site[], pairing: Pairing): Cards {
  const open = pairing.open();
  const read = (sites: readonly Site[], at: number[]) => {
    const counts = new Map<string, number>();
    for (const site of sites) {
      for (const hash of site.contacts) counts.set(hash, (counts.get(hash) ?? 0) + 1);
    }
    return new Map(
      at.flatMap((index): [number, SiteCard][] => {
        const site = sites[index];
        if (!site) return [];
        const card = readSiteCard(site);
        return [[index, { ...card, contacts: card.contacts.filter((hash) => counts.get(hash) === 1) }]];
      }),
    );
  };
  return { before: read(before, open.before), after: read(after, open.after) };
}

class Pairing {
  readonly pairs: SitePair[] = [];
  readonly #before: readonly Site[];
  readonly #after: readonly Site[];
  #openBefore: number[];
  #openAfter: number[];

  constructor(before: readonly Site[], after: readonly Site[]) {
    this.#before = before;
    this.#after = after;
    this.#openBefore = [...before.keys()];
    this.#openAfter = [...after.keys()];
  }

  isDone(): boolean {
    return this.#openBefore.length === 0 && this.#openAfter.length === 0;
  }

  open(): { before: number[]; after: number[] } {
    return { before: this.#openBefore, after: this.#openAfter };
  }

  /** Pairs equal entries at the same distance from the start or the end: lists mostly stay as they were. */
  pairInPlace(): void {
    const [rows, columns] = [this.#before.length, this.#after.length];
    const shorter = Math.min(rows, columns);
    const isEqual = (row: number, column: number) => {
      const [was, is] = [this.#before[row], this.#after[column]];
      return was !== undefined && is !== undefined && isOnePlace(was, is) && hasEqualDetails(was, is);
    };
    let start = 0;
    for (; start < shorter && isEqual(start, start); start++) this.#pushEqual(start, start);
    let end = 0;
    for (; end < shorter - start && isEqual(rows - 1 - end, columns - 1 - end); end++) {
      this.#pushEqual(rows - 1 - end, columns - 1 - end);
    }
    this.#openBefore = this.#openBefore.slice(start, rows - end);
    this.#openAfter = this.#openAfter.slice(start, columns - end);
  }

  #pushEqual(before: number, after: number): void {
    this.pairs.push({ kind: 'equal', before, after, phrase: 'the same entry' });
  }

  /** Pairs entries whose name occurs once on both sides and whose place is written alike: most of them, cheaply. */
  pairByOnlyName(): void {
    const right = findOnly(this.#openAfter, this.#after);
    const taken = new Set<number>();
    const left = findOnly(this.#openBefore, this.#before);
    this.#openBefore = this.#openBefore.filter((before) => {
      const was = this.#before[before];
      const after = was && left.get(was.facility) === before ? right.get(was.facility) : undefined;
      const is = after === undefined ? undefined : this.#after[after];
      if (!was || !is || after === undefined || !isOnePlace(was, is)) return true;
      if (hasEqualDetails(was, is)) this.#pushEqual(before, after);
      else this.pairs.push({ kind: 'paired', before, after, phrase: 'same name and place' });
      taken.add(after);
      return false;
    });
    this.#openAfter = this.#openAfter.filter((index) => !taken.has(index));
  }

  /** Pairs entries of one name and place; of several such, those with equal details, then with equal status. */
  pairIdentical(identity: (site: Site) => string): void {
    if (this.#openBefore.length === 0 || this.#openAfter.length === 0) return;
    const left = groupBy(this.#openBefore, (index) => keyAt(this.#before, index, identity));
    const right = groupBy(this.#openAfter, (index) => keyAt(this.#after, index, identity));
    const paired = { before: new Set<number>(), after: new Set<number>() };
    for (const [text, rows] of left) {
      const columns = right.get(text);
      if (columns) this.#pairTwins(rows, columns, paired);
    }
    this.#openBefore = this.#openBefore.filter((index) => !paired.before.has(index));
    this.#openAfter = this.#openAfter.filter((index) => !paired.after.has(index));
  }

  #pairTwins(rows: number[], columns: number[], paired: { before: Set<number>; after: Set<number> }): void {
    for (const [key, phrase] of rows.length + columns.length > 2 ? twinKeys : onlyKeys) {
      for (const row of rows) {
        if (paired.before.has(row)) continue;
        const wanted = keyAt(this.#before, row, key);
        const column = columns.find(
          (index) => !paired.after.has(index) && keyAt(this.#after, index, key) === wanted,
        );
        if (column === undefined) continue;
        const kind = key === detailsOf ? 'equal' : 'paired';
        this.pairs.push({ kind, before: row, after: column, phrase });
        paired.before.add(row);
        paired.after.add(column);
      }
    }
  }

  /** Pairs entries whose key occurs once on both sides: a whole list respelled costs no assignment. */
  pairUnique(key: (card: SiteCard) => string | null, cards: Cards): void {
    const keyOf = (side: Map<number, SiteCard>) => (index: number) => {
      const card = side.get(index);
      return (card && key(card)) ?? '';
    };
    const left = groupBy(this.#openBefore, keyOf(cards.before));
    const right = groupBy(this.#openAfter, keyOf(cards.after));
    for (const [text, [index, ...more]] of left) {
      const [partner, ...others] = right.get(text) ?? [];
      if (text === '' || index === undefined || partner === undefined || more.length + others.length > 0)
        continue;
      this.#pair(index, partner, 'same name and place, spelled differently');
    }
  }

  /** Pairs the rest at the least cost together. */
  assign(cards: Cards): void {
    const candidates: (PairCandidate & { phrase: string })[] = [];
    for (const row of this.#openBefore) {
      for (const column of this.#openAfter) {
        const [a, b] = [cards.before.get(row), cards.after.get(column)];
        const verdict = a && b ? judgeSites(a, b) : null;
        if (verdict) candidates.push({ row, column, ...verdict });
      }
    }
    for (const { row, column, phrase } of assignPairs(candidates)) this.#pair(row, column, phrase);
  }

  #pair(before: number, after: number, phrase: string): void {
    this.pairs.push({ kind: 'paired', before, after, phrase });
    this.#openBefore = this.#openBefore.filter((index) => index !== before);
    this.#openAfter = this.#openAfter.filter((index) => index !== after);
  }
}

/** The position of each name that occurs once; those that occur again stand for none. */
function findOnly(indexes: number[], sites: readonly Site[]): Map<string, number> {
  const only = new Map<string, number>();
  for (const index of indexes) {
    const name = sites[index]?.facility ?? '';
    only.set(name, only.has(name) ? -1 : index);
  }
  return only;
}

function keyAt(sites: readonly Site[], index: number, key: (site: Site) => string): string {
  const site = sites[index];
  return site ? key(site) : '';
}

function groupBy(indexes: number[], key: (index: number) => string): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const index of indexes) {
    const text = key(index);
    const group = groups.get(text);
    if (group) group.push(index);
    else groups.set(text, [index]);
  }
  return groups;
}
