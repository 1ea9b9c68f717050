import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** The supported languages: the folders of `templates/messages`, named by their BCP 47 codes. */
export const languages: readonly string[] = readdirSync(new URL('../templates/messages/', import.meta.url), {
  withFileTypes: true,
})
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

/**
 * An illness in a language's everyday words, regional ones beside each other ("ictus", "derrame cerebral"). `en` is what the
 * words are looked up as; with `id`, the term of that MeSH heading. `short`: abbreviations, which are only ever offered.
 */
export type ConditionWords = { en: string; id?: string; words: string[]; short?: string[] };

/** What illnesses are called, by language: `conditions/names.json` of each language's folder that has one. */
export const conditionWords: ReadonlyMap<string, readonly ConditionWords[]> = new Map(
  languages.flatMap((language) => {
    const file = new URL(`../templates/messages/${language}/conditions/names.json`, import.meta.url);
    return existsSync(file) ? [[language, JSON.parse(readFileSync(file, 'utf8')) as ConditionWords[]]] : [];
  }),
);

/** Whether a language is supported. */
export function isLanguage(code: string): boolean {
  return languages.includes(code);
}

/** The query parameter that names a language. */
export const languageParameter = 'lang';

/** A URL of ours in a language, which it names unless it is the default language. */
export function speakIn(address: string, language: string, defaultLanguage: string): string {
  if (language === defaultLanguage) return address;
  const [path = '', ...fragment] = address.split('#');
  const named = `${path}${path.includes('?') ? '&' : '?'}${languageParameter}=${language}`;
  return [named, ...fragment].join('#');
}
