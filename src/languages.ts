import { readdirSync } from 'node:fs';

/** The supported languages: the folders of `templates/messages`, named by their BCP 47 codes. */
export const languages: readonly string[] = readdirSync(new URL('../templates/messages/', import.meta.url), {
  withFileTypes: true,
})
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

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
