import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Catalogue, makeWording, type Wording } from '../core/wording/wording.ts';

const messagesFolder = fileURLToPath(new URL('../../templates/messages/', import.meta.url));
const made = new Map<string, Wording>();

/** The wording of a language, from `templates/messages/<language>.json`, read once. Throws when there is none. */
export function createWording(language: string): Wording {
  const known = made.get(language);
  if (known) return known;
  const wording = makeWording(language, readCatalogue(language));
  made.set(language, wording);
  return wording;
}

/** The messages of a language as they stand in its file. */
export function readCatalogue(language: string): Catalogue {
  if (!/^[a-z]{2,3}(-[A-Za-z0-9]+)*$/.test(language)) throw new Error(`“${language}” is no language code`);
  const parsed: unknown = JSON.parse(readFileSync(`${messagesFolder}${language}.json`, 'utf8'));
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new Error(`the ${language} messages are no JSON object`);
  return Object.fromEntries(Object.entries(parsed).map(([key, message]) => [key, String(message)]));
}
