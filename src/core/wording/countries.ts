import { nameCountry } from '../countries.ts';
import { quoteText } from './values.ts';
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
