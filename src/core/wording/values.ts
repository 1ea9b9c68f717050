import type { ChangedSite, Json } from '../change.ts';
import { nameCountry } from '../countries.ts';
import { isGarbled } from '../text/garbled.ts';
import { normaliseProse, normaliseText } from '../text/text.ts';
import { trialStatuses } from '../trial.ts';
import type { AgeUnit, Wording } from './wording.ts';

/**
 * Registry text for a sentence: one line without invisible or direction-changing characters, cut at `most`.
 */
export function quoteText(text: string, most = 300): string {
  // Cut first: cleaning a megabyte would be wasted.
  const clean = normaliseText(text.slice(0, most * 4));
  const characters = [...clean];
  return characters.length > most
    ? `${characters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`
    : clean;
}

/** The maximum length of a quoted reason for a pause or stop, in characters. */
export const reasonLength = 600;

/** Whether `quoteText` would cut a text. */
export function isCut(text: string, most: number): boolean {
  return [...normaliseText(text)].length > most;
}

/** Quotes text as `quoteText` does, marked as registry text if the wording marks it. */
export function quoteRegistry(wording: Wording, text: string, most = 300): string {
  return markRegistry(wording, quoteText(text, most));
}

/**
 * Clean registry text, marked if the wording marks it. Letters that a wrong encoding damaged stay, with a
 * remark.
 */
export function markRegistry(wording: Wording, text: string): string {
  return withRemark(wording, wording.registryText(text), text);
}

function withRemark(wording: Wording, marked: string, text: string): string {
  return isGarbled(text) ? `${marked} ${wording.say('registry.as-written')}` : marked;
}

/** Registry prose with its line breaks, cut to `most` characters; null if there is none. */
export function quoteProse(
  wording: Wording,
  text: string,
  most = 20_000,
): { text: string; isCut: boolean } | null {
  // Cut first: cleaning a megabyte to show its beginning would be wasted work.
  const clean = normaliseProse(text.slice(0, most * 2));
  if (clean === '') return null;
  const shown = wording.registryText(clean.slice(0, most).toWellFormed());
  return { text: shown, isCut: clean.length > most || text.length > most * 2 };
}

/** A status code in plain words, never the code itself. */
export function statusName(wording: Wording, status: Json | undefined): string {
  const key = `status.name.${typeof status === 'string' ? status : 'none'}`;
  return wording.say(wording.has(key) ? key : 'status.name.none');
}

/** Facility, city and state of a site as the record writes them, and its country in the wording's language. */
export function siteName(wording: Wording, site: ChangedSite): string {
  const parts = [site.facility, site.city, site.state, site.country].map((part) => quoteText(part, 120));
  const [country = ''] = parts.slice(-1);
  const translated = parts.at(-2) === country ? null : nameCountry(country, wording.language);
  const written = (translated === null ? parts : parts.slice(0, -1)).filter(
    (part, n, all) => part !== '' && part !== all[n - 1],
  );
  const place = written.join(', ');
  const named = [place === '' ? '' : wording.registryText(place), translated ?? '']
    .filter(Boolean)
    .join(', ');
  return named === '' ? wording.say('site.no-name') : withRemark(wording, named, place);
}

/** An age in registries' form (`18 Years`) in words; any other text stays in the registry's words. */
export function ageName(wording: Wording, age: string): string {
  const text = normaliseText(age.slice(0, 60)).toLowerCase().slice(0, 30);
  const [, count, unit] = /^(\d{1,3}) (year|month|week|day|hour|minute)s?$/.exec(text) ?? [];
  return unit ? wording.duration(Number(count), unit as AgeUnit) : wording.registryText(text);
}

/** A value of the record in words; null if it cannot be shown: an object, or a code without a word. */
export function valueName(wording: Wording, value: Json, most = 300): string | null {
  if (Array.isArray(value)) {
    const parts = value.map((part) => valueName(wording, part));
    return parts.length > 0 && parts.length <= 12 && parts.every((part) => part !== null)
      ? quoteText(wording.list(parts), 600)
      : null;
  }
  if (typeof value === 'number') return wording.number(value);
  if (typeof value !== 'string' && typeof value !== 'boolean') return null;
  const code = `code.${value}`;
  if (wording.has(code)) return wording.say(code);
  const text = quoteText(String(value), most);
  if ((trialStatuses as readonly string[]).includes(text)) return null;
  return text === '' || /^[A-Z][A-Z0-9]*_[A-Z0-9_]*$/.test(text) ? null : markRegistry(wording, text);
}

/** A code of the design in words, by its list; null without a code, or for one without a word. */
export function codeName(wording: Wording, list: string, code: string | null): string | null {
  const key = `trial.code.${list}.${code ?? ''}`;
  return wording.has(key) ? wording.say(key) : null;
}
