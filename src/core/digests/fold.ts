import type { Change, Facet } from '../change.ts';
import { countryKey } from '../countries.ts';
import type { DigestChange } from '../digest-change.ts';
import { needsAdvice } from './advice.ts';

/**
 * Changes that are folded into one line, by kind and country: sites beyond the first ones or outside the
 * chosen distance, and minor facets.
 */
export type Folded = {
  facet: string;
  kind: string;
  count: number;
  country?: string;
  /** Farther away than the reader's distance. */
  isFar?: true;
  /** One of them must come with advice on whom to talk to (D9). */
  needsAdvice?: true;
};

/** If a trial has more site changes than this, the others are counted by country. */
const sitesShown = 6;
/** If a trial has more minor changes than this, they become one line. */
const minorShown = 2;
const majorFacets: ReadonlySet<Facet> = new Set([
  'status',
  'sites',
  'dates',
  'results',
  'expanded-access',
  'registration',
  'enrollment',
]);

/**
 * Folds long lists of a trial's changes, given in descending order of weight. Shows the first ones and counts
 * the others; none is lost (D2).
 */
export function foldChanges(changes: { change: DigestChange; isFar: boolean }[]): {
  changes: DigestChange[];
  folded: Folded[];
} {
  const shown: DigestChange[] = [];
  const folded = new Map<string, Folded>();
  const fold = (change: Change, country: string | null, isFar = false) => {
    const key = `${change.facet} ${country === null ? '' : `${change.kind} ${isFar} ${countryKey(country)}`}`;
    const line = folded.get(key) ?? {
      facet: change.facet,
      kind: change.kind,
      count: 0,
      ...(country === null ? {} : { country }),
      ...(isFar ? { isFar } : {}),
    };
    folded.set(key, {
      ...line,
      count: line.count + 1,
      ...(needsAdvice(change) ? { needsAdvice: true } : {}),
    });
  };
  const minor = changes.filter(({ change }) => !majorFacets.has(change.facet)).length;
  let sites = 0;
  for (const { change, isFar } of changes) {
    if (change.site && !isFar) sites += 1;
    if (change.site && (isFar || sites > sitesShown)) fold(change, change.site.country, isFar);
    else if (minor > minorShown && !majorFacets.has(change.facet)) fold(change, null);
    else shown.push(change);
  }
  return { changes: shown, folded: [...folded.values()] };
}
