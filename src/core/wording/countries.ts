import { type Change, type Json, statusIn } from '../change.ts';
import { nameCountry } from '../countries.ts';
import type { TrialCard } from '../digests/card.ts';
import type { Folded } from '../digests/fold.ts';
import { quoteText, statusName } from './values.ts';
import type { Wording } from './wording.ts';

/**
 * A country's name in the wording's language, from its code or any of its names. An unknown name stays in the
 * registry's words.
 */
export function countryName(wording: Wording, country: string, most = 80): string {
  const asWritten = quoteText(country, most);
  return nameCountry(asWritten, wording.language) ?? wording.registryText(asWritten);
}

/** Names of countries in the wording's language, without duplicates in any spelling, in the given order. */
export function countryNames(wording: Wording, countries: readonly string[]): string[] {
  return [...new Set(countries.map((country) => countryName(wording, country)))];
}

/** The sentence for a country that came, went, or has a new status. */
export function countrySentence(wording: Wording, change: Change): string {
  const { kind, before, after, country = '' } = change;
  const values = {
    country: countryName(wording, country),
    before: listingName(wording, before),
    after: listingName(wording, after),
  };
  if (kind === 'country-added')
    return wording.say(isSaid(after) ? 'country.added' : 'country.added-without-status', values);
  if (kind === 'country-removed')
    return wording.say(isSaid(before) ? 'country.removed' : 'country.removed-without-status', values);
  return wording.say('country.status', values);
}

const namesShown = 8;

/** One line for countries with the same news. */
export function foldedCountries(wording: Wording, folded: Folded): string {
  const { kind, countries = [], listing = null } = folded;
  const names = countryNames(wording, countries);
  const rest = names.length - namesShown;
  const shown =
    rest > 0
      ? wording.say('country.fold.more', { countries: names.slice(0, namesShown).join(', '), count: rest })
      : wording.list(names);
  return wording.say(`country.fold.${kind}`, {
    countries: shown,
    after: isSaid(listing) ? listingName(wording, listing) : 'none',
  });
}

/**
 * What a country is listed as: the registry's own word where we have words for it, as it says more than our
 * status ("authorized, not yet recruiting"), else our status.
 */
export function listingName(wording: Wording, listing: Json): string {
  const word = typeof listing === 'object' && listing && !Array.isArray(listing) ? listing.listedAs : null;
  const key = `listed.${String(word)
    .toLowerCase()
    .replace(/[^a-z]+/g, '-')}`;
  return wording.has(key) ? wording.say(key) : statusName(wording, statusIn(listing));
}

/** A trial's status in words, or the registry's own word for it where it follows from countries. */
export function cardStatusName(
  wording: Wording,
  { status, listedAs }: Pick<TrialCard, 'status' | 'listedAs'>,
): string {
  return listingName(wording, { status, listedAs: listedAs ?? null });
}

function isSaid(listing: Json): boolean {
  return statusIn(listing) !== null;
}
