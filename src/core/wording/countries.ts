import { nameCountry } from '../countries.ts';
import { quoteText } from './values.ts';
import type { Wording } from './wording.ts';

/** A country in the wording's language, from its code or any of its names; an unknown name stands as the registry's own words. */
export function countryName(wording: Wording, country: string, most = 80): string {
  const asWritten = quoteText(country, most);
  return nameCountry(asWritten, wording.language) ?? wording.registryText(asWritten);
}

/** Countries by name in the wording's language, each once however it is spelled, in the order given. */
export function countryNames(wording: Wording, countries: readonly string[]): string[] {
  return [...new Set(countries.map((country) => countryName(wording, country)))];
}
