import type { DigestTrial } from '../digest.ts';
import { quoteText } from './values.ts';
import type { Wording } from './wording.ts';

const countriesShown = 8;

/** What is folded, in words: one line for each kind of site change with its countries, one for all minor facets. */
export function foldedLines(wording: Wording, folded: DigestTrial['folded']): string[] {
  const lines: string[] = [];
  for (const kind of ['site-added', 'site-removed', 'site-status']) {
    const ofKind = folded.filter((one) => one.facet === 'sites' && one.kind === kind);
    if (ofKind.length === 0) continue;
    const count = ofKind.reduce((sum, one) => sum + one.count, 0);
    lines.push(wording.say(`site.fold.${kind}`, { count, countries: countryList(wording, ofKind) }));
  }
  const minor = folded.filter((one) => one.facet !== 'sites');
  if (minor.length > 0) {
    const names = minor.map((one) => wording.say(`facet.name.${one.facet}`));
    lines.push(wording.say('other.folded', { facets: wording.list([...new Set(names)]) }));
  }
  return lines;
}

function countryList(wording: Wording, folded: DigestTrial['folded']): string {
  const ordered = folded.toSorted((one, other) => other.count - one.count);
  const parts = ordered
    .slice(0, countriesShown)
    .map(({ count, country }) =>
      country
        ? wording.say('site.fold.country', { count, country: quoteText(country, 60) })
        : wording.say('site.fold.no-country', { count }),
    );
  const rest = ordered.slice(countriesShown).reduce((sum, one) => sum + one.count, 0);
  if (rest > 0) parts.push(wording.say('site.fold.elsewhere', { count: rest }));
  return wording.list(parts);
}
