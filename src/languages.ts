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
