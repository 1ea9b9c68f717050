import { countryCode } from '../countries.ts';

/** A postal area: the part of a code that a district shares, in one country or, if that is empty, in any. */
export type PostalArea = { country: string; code: string };

/** A typed postal code: the areas it can name, and the city and the country (a code) typed with it, or empty. */
export type TypedCode = { areas: PostalArea[]; city: string; country: string };

/** Codes whose area is less than the whole, without spaces and marks; the area is the first group. */
const forms: Readonly<Record<string, RegExp>> = {
  GB: /^([A-Z]{1,2}\d[A-Z\d]?)(?:\d[A-Z]{2})?$/,
  CA: /^([A-Z]\d[A-Z])(?:\d[A-Z]\d)?$/,
  IE: /^([A-Z]\d[\dW])(?:[A-Z\d]{4})?$/,
  NL: /^(\d{4})[A-Z]{2}$/,
  AR: /^[A-Z]?(\d{4})(?:[A-Z]{3})?$/,
  US: /^(\d{5})\d{4}$/,
  BR: /^(\d{5})\d{3}$/,
  IL: /^(\d{5})\d{2}$/,
  PT: /^(\d{4})\d{3}$/,
  JP: /^(\d{3})\d{4}$/,
  TW: /^(\d{3})\d{2,3}$/,
};
const haveLetters = new Set(['GB', 'CA', 'IE']);

/** Countries whose codes have five digits: registrants lose a zero at their beginning. */
const fiveDigits = new Set('US DE FR ES IT MX TR FI SE CZ SK GR PL KR UA HR EE LT RS TH MY'.split(' '));

const longestCode = 40;
const compact = (text: string) => text.toUpperCase().replace(/[^A-Z\d]/g, '');

/** The area of a site's postal code in a country, given by its code; empty if that is no code of the country. */
export function areaOfCode(country: string, text: string): string {
  const code = compact(text.slice(0, longestCode));
  // Zeros alone only fill a form's field.
  if (!/[1-9]/.test(code)) return '';
  const area = forms[country]?.exec(code)?.[1];
  if (area !== undefined || haveLetters.has(country)) return area ?? '';
  const digits = /^[A-Z]{0,3}(\d{3,8})[A-Z]*$/.exec(code)?.[1] ?? '';
  if (!fiveDigits.has(country)) return digits;
  return digits.length === 4 || digits.length === 5 ? digits.padStart(5, '0') : '';
}

/** Reads a postal code, or the part of it that names an area, in a typed place; null without one. */
export function readPostalCode(typed: string): TypedCode | null {
  if (!/\d/.test(typed)) return null;
  const tokens = typed.split(/[\s,]+/).filter((token) => token !== '');
  for (const length of [2, 1])
    for (let at = 0; at + length <= tokens.length; at += 1) {
      const areas = areasOf(tokens.slice(at, at + length));
      if (areas.length > 0) return { areas, ...besides(tokens.toSpliced(at, length)) };
    }
  return null;
}

/** Codes that are written in two parts. */
const twoParts = /^(?:[A-Z\d]{2,4} (?:\d[A-Z]{2}|\d[A-Z]\d|[A-Z\d]{4})|\d{4} [A-Z]{2}|\d{2,5} \d{2,4})$/;

/** The areas that a code in one or two parts can name. */
function areasOf(parts: readonly string[]): PostalArea[] {
  const text = parts.join(' ').toUpperCase();
  const code = compact(text);
  const isCode = parts.length === 1 ? /^[A-Z\d]+(?:-[A-Z\d]+)?$/.test(text) : twoParts.test(text);
  if (!isCode || !/[1-9]/.test(code)) return [];
  const formed = Object.entries(forms).flatMap(([country, form]) => {
    const area = form.exec(code)?.[1];
    return area === undefined || area === code ? [] : [{ country, code: area }];
  });
  // "D-10115" and "CH-8001" begin with their country.
  const [, prefix = '', digits] = /^([A-Z]{0,3})-?(\d{3,8})$/.exec(prefixed(text)) ?? [];
  if (digits !== undefined) return [{ country: countryCode(prefix) ?? '', code: digits }, ...formed];
  if (formed.length > 0 || parts.length > 1) return formed;
  return [...haveLetters].some((country) => forms[country]?.test(code)) ? [{ country: '', code }] : [];
}

const prefixed = (text: string) => text.replace(/(?<=\d)[ -](?=\d)/, '');

/** The city and the country beside a code. Other abbreviations, as of states, say nothing more. */
function besides(tokens: readonly string[]): { city: string; country: string } {
  const isShort = (token: string) => /^[A-Z]{1,3}$/.test(token);
  const words = tokens.filter((token) => !isShort(token)).join(' ');
  const ofWords = countryCode(words);
  // Two letters may be a state: "CA 90210".
  const short = tokens.find((token) => token === 'UK' || (isShort(token) && token.length === 3));
  const country = ofWords ?? countryCode(short === 'UK' ? 'GB' : (short ?? ''));
  return { city: ofWords === null ? words : '', country: country ?? '' };
}
