import { existsSync, readdirSync, readFileSync } from 'node:fs';

const folders = readdirSync(new URL('../templates/messages/', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

/** The language that a regional form such as `en-GB` belongs to; other codes are returned as they are. */
export function baseLanguage(code: string): string {
  const [base = code] = code.split('-');
  return folders.includes(base) ? base : code;
}

/** The supported languages: the folders of `templates/messages`, named by their BCP 47 codes. */
export const languages: readonly string[] = folders.filter((code) => baseLanguage(code) === code);

/** The languages and their regional forms, whose folders hold only what they say otherwise. */
export const languagesWithRegions: readonly string[] = folders;

/**
 * An illness in a language's everyday words, with regional variants side by side ("ictus", "derrame
 * cerebral"). `en` is the term that these words are looked up as; with `id`, the term of that MeSH heading.
 * `short` holds abbreviations, which are only offered, never assumed.
 */
export type ConditionWords = { en: string; id?: string; words: string[]; short?: string[] };

/**
 * Everyday names of illnesses by language, from `conditions/names.json` in each language's folder that has
 * one.
 */
export const conditionWords: ReadonlyMap<string, readonly ConditionWords[]> = new Map(
  folders.flatMap((language) => {
    const file = new URL(`../templates/messages/${language}/conditions/names.json`, import.meta.url);
    return existsSync(file) ? [[language, JSON.parse(readFileSync(file, 'utf8')) as ConditionWords[]]] : [];
  }),
);

/** Whether a language or regional form is supported. */
export function isLanguage(code: string): boolean {
  return folders.includes(code);
}

/** A stored language, or the fallback if this version does not have it. */
export function usableLanguage(stored: string | null, fallback: string): string {
  return stored !== null && isLanguage(stored) ? stored : fallback;
}

/** The query parameter that names a language. */
export const languageParameter = 'lang';

/** Adds the language parameter to a URL of this site, unless it is the default language. */
export function speakIn(address: string, language: string, defaultLanguage: string): string {
  if (language === defaultLanguage) return address;
  const [path = '', ...fragment] = address.split('#');
  const named = `${path}${path.includes('?') ? '&' : '?'}${languageParameter}=${language}`;
  return [named, ...fragment].join('#');
}
