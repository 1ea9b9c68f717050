import { type Facet, type Json, majorFacets } from '../change.ts';
import { countryKey } from '../countries.ts';
import type { DigestChange } from '../digest-change.ts';
import { needsAdvice } from './advice.ts';

/**
 * Changes that are folded into one line: sites beyond the first ones or outside the chosen distance, by kind
 * and country; countries with the same news; and minor facets.
 */
export type Folded = {
  facet: string;
  kind: string;
  count: number;
  country?: string;
  /** The countries that one line stands for, with what they are now listed as. */
  countries?: string[];
  listing?: Json;
  /** Farther away than the reader's distance. */
  isFar?: true;
  /** One of them must come with advice on whom to talk to (D9). */
  needsAdvice?: true;
};

/** A change, and whether its place is beyond every distance of a reader who asked for near ones only. */
type Placed = { change: DigestChange; isFar: boolean };

/** If a trial has more site changes than this, the others are counted by country. */
const sitesShown = 6;
/** If more countries than this have the same news, they become one line. */
const countriesShown = 2;
/** If a trial has more minor changes than this, they become one line. */
const minorShown = 2;
const major: ReadonlySet<Facet> = new Set(majorFacets);

/**
 * Folds long lists of a trial's changes, given in descending order of weight. Shows the first ones and counts
 * the others; none is lost (D2).
 */
export function foldChanges(changes: Placed[]): { changes: DigestChange[]; folded: Folded[] } {
  const minor = changes.filter(({ change }) => !major.has(change.facet)).length;
  const ofCountries = foldedCountries(changes);
  const shown: DigestChange[] = [];
  const folded = new Map<string, Folded>();
  let sites = 0;
  for (const { change, isFar } of changes) {
    if (change.site && !isFar) sites += 1;
    const isRest = change.site
      ? isFar || sites > sitesShown
      : ofCountries.has(change) || (minor > minorShown && !major.has(change.facet));
    if (!isRest) {
      shown.push(change);
      continue;
    }
    const key = keyOf(change, isFar);
    folded.set(key, addTo(folded.get(key), change, isFar));
  }
  return { changes: shown, folded: [...folded.values()] };
}

/** The countries, other than the reader's, whose news many share, or which are far from a reader's place. */
function foldedCountries(changes: Placed[]): Set<DigestChange> {
  const others = changes.filter(({ change }) => change.facet === 'countries' && !change.isMine);
  const alike = Map.groupBy(others, ({ change, isFar }) => keyOf(change, isFar));
  const folded = [...alike.values()].filter(
    (group) => group.length > countriesShown || group.some(({ isFar }) => isFar),
  );
  return new Set(folded.flat().map(({ change }) => change));
}

function keyOf(change: DigestChange, isFar: boolean): string {
  const { facet, kind, site } = change;
  if (site) return `${facet} ${kind} ${isFar} ${countryKey(site.country)}`;
  return facet === 'countries' ? `${facet} ${kind} ${JSON.stringify(change.after)}` : facet;
}

function addTo(line: Folded | undefined, change: DigestChange, isFar: boolean): Folded {
  const { facet, kind, site, country } = change;
  return {
    facet,
    kind: line?.kind ?? kind,
    count: (line?.count ?? 0) + 1,
    ...(site ? { country: line?.country ?? site.country } : {}),
    ...(country === undefined
      ? {}
      : { countries: [...(line?.countries ?? []), country], listing: change.after }),
    ...(site && isFar ? { isFar } : {}),
    ...(line?.needsAdvice || needsAdvice(change) ? { needsAdvice: true } : {}),
  };
}
