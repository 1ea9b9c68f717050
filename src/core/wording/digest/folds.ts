import type { Folded } from '../../digests/fold.ts';
import { countryName, foldedCountries } from '../countries.ts';
import type { Wording } from '../wording.ts';

const countriesShown = 8;
const farKeys = [
  ['site-added', 'near.fold.site-added'],
  ['site-removed', 'near.fold.site-removed'],
  ['site-status', 'near.fold.site-status'],
] as const;

/**
 * Folded changes in words: one line for each kind of news of countries, one for each kind of site change with
 * its countries, a separate one for sites beyond the chosen distance, and one for all minor facets.
 */
export function foldedLines(wording: Wording, folded: Folded[]): string[] {
  const lines = folded.flatMap((one) => (one.countries ? foldedCountries(wording, one) : []));
  const sayFolded = (key: string, ofKind: Folded[]) => {
    if (ofKind.length === 0) return;
    const count = ofKind.reduce((sum, one) => sum + one.count, 0);
    lines.push(wording.say(key, { count, countries: countryList(wording, ofKind) }));
  };
  const sites = folded.filter(({ facet }) => facet === 'sites');
  for (const kind of ['site-added', 'site-removed', 'site-status']) {
    sayFolded(
      `site.fold.${kind}`,
      sites.filter((one) => one.kind === kind && !one.isFar),
    );
  }
  for (const [kind, key] of farKeys) {
    sayFolded(
      key,
      sites.filter((one) => one.kind === kind && one.isFar),
    );
  }
  const minor = folded.filter((one) => one.facet !== 'sites' && !one.countries);
  if (minor.length > 0) {
    const names = minor.map((one) => wording.say(`facet.name.${one.facet}`));
    lines.push(wording.say('other.folded', { facets: wording.list([...new Set(names)]) }));
  }
  return lines;
}

function countryList(wording: Wording, folded: Folded[]): string {
  const ordered = folded.toSorted((one, other) => other.count - one.count);
  const parts = ordered
    .slice(0, countriesShown)
    .map(({ count, country }) =>
      country
        ? wording.say('site.fold.country', { count, country: countryName(wording, country, 60) })
        : wording.say('site.fold.no-country', { count }),
    );
  const rest = ordered.slice(countriesShown).reduce((sum, one) => sum + one.count, 0);
  if (rest > 0) parts.push(wording.say('site.fold.elsewhere', { count: rest }));
  return wording.list(parts);
}
