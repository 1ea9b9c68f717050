import { readdirSync } from 'node:fs';

/** The languages Trialbell speaks: the folders of `templates/messages`, named by their BCP 47 codes. */
export const languages: readonly string[] = readdirSync(new URL('../templates/messages/', import.meta.url), {
  withFileTypes: true,
})
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

/** Whether Trialbell speaks this language. */
export function isLanguage(code: string): boolean {
  return languages.includes(code);
}

/** The parameter of an address that names a language. */
export const languageParameter = 'lang';

/** An address of ours that speaks a language to everybody: it names it, unless it is the default one. */
export function speakIn(address: string, language: string, defaultLanguage: string): string {
  if (language === defaultLanguage) return address;
  const [path = '', ...fragment] = address.split('#');
  const named = `${path}${path.includes('?') ? '&' : '?'}${languageParameter}=${language}`;
  return [named, ...fragment].join('#');
}
