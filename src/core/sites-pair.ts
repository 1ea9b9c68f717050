import { canonicalText, siteKey } from './diff-canonical.ts';
import { assignPairs, type Candidate } from './sites-assign.ts';
import { type Cards, judgeSites, readSiteCard, type SiteCard } from './sites-judge.ts';
import { findMasking, type SitePair } from './sites-masking.ts';
import type { Site } from './trial.ts';

/**
 * Pairs the sites of two versions of a trial as multisets, by meaning and never by index: equal entries first, then
 * by site number, then by place and name, an entry without a name standing for any name at its place. What finds no
 * partner is `gone` or `arrived`, or `masked` and `unmasked` when a whole list lost or got its names. Every entry of
 * both lists is in exactly one pair, whose phrase says why. The order of the lists makes no difference.
 */
export function pairSites(before: readonly Site[], after: readonly Site[]): SitePair[] {
  const pairing = new Pairing(before, after);
  pairing.pairEqual(rawKey, 'the same entry');
  pairing.pairEqual(siteKey, 'the same entry');
  pairing.pairEqual(exactKey, 'the same name, place and status');
  pairing.pairEqual(identityKey, 'same name and place');
  if (pairing.isDone()) return pairing.pairs;
  const cards = readCards(before, after, pairing);
  pairing.pairUnique(foldedKey, cards);
  pairing.assign(cards);
  return [...pairing.pairs, ...findMasking(before, after, pairing.open(), cards)];
}

/** The entry as it stands: cheaper than `siteKey`, and enough for nearly all. */
function rawKey(site: Site): string {
  return `${site.status}\n${site.facility}\n${site.city}\n${site.zip}\n${site.state}\n${site.country}\n${site.lat}\n${site.lon}\n${site.contacts.join()}`;
}

/** Everything but coordinates, contacts and ref. */
function exactKey(site: Site): string {
  return `${site.status}\n${identityKey(site)}`;
}

function identityKey(site: Site): string {
  const { facility, city, zip, state, country } = site;
  return canonicalText(`${facility} | ${city} | ${zip} | ${state} | ${country}`);
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

  /** Pairs entries with equal keys, as many of each as both lists hold. */
  pairEqual(key: (site: Site) => string, phrase: string): void {
    if (this.#openBefore.length === 0 || this.#openAfter.length === 0) return;
    const waiting = groupBy(this.#openAfter, (index) => keyAt(this.#after, index, key));
    this.#openBefore = this.#openBefore.filter((index) => {
      const partner = waiting.get(keyAt(this.#before, index, key))?.shift();
      if (partner === undefined) return true;
      this.pairs.push({ kind: 'paired', before: index, after: partner, phrase });
      return false;
    });
    this.#openAfter = [...waiting.values()].flat().sort((a, b) => a - b);
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
    const candidates: (Candidate & { phrase: string })[] = [];
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
