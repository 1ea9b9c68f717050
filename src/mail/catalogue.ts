import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { registryLanguage } from '../core/wording/registry-text.ts';
import { type Catalogue, makeWording, type Wording } from '../core/wording/wording.ts';

const messagesFolder = fileURLToPath(new URL('../../templates/messages/', import.meta.url));
const made = new Map<string, Wording>();
const marking = new Map<string, Wording>();

/**
 * Reads the wording of a language from the files in `templates/messages/<language>`, once. Missing messages
 * fall back to English. Throws if the language does not exist.
 */
export function createWording(language: string): Wording {
  return remember(made, language, false);
}

/** As `createWording`, for HTML: registry text is enclosed in the marks that `showMarks` reads. */
export function createMarkingWording(language: string): Wording {
  return language === registryLanguage ? createWording(language) : remember(marking, language, true);
}

function remember(kept: Map<string, Wording>, language: string, marks: boolean): Wording {
  const known = kept.get(language);
  if (known) return known;
  // Admin pages are in English only, and a missing message must not break a page. Dates and numbers never fall back.
  const { 'format.locale': _, ...english } = readCatalogue(registryLanguage);
  const messages = { ...english, ...readCatalogue(language) };
  const wording = makeWording(language, messages, { marks });
  kept.set(language, wording);
  return wording;
}

/**
 * Reads the messages of a language from all files of its folder. Throws if there are none, or if two files
 * have the same message.
 */
export function readCatalogue(language: string): Catalogue {
  if (!/^[a-z]{2,3}(-[A-Za-z0-9]+)*$/.test(language)) throw new Error(`“${language}” is not a language code`);
  const catalogue: { [key: string]: string } = {};
  const files = readdirSync(`${messagesFolder}${language}`, { withFileTypes: true });
  for (const { name: file } of files
    .filter((one) => one.isFile())
    .toSorted((a, b) => a.name.localeCompare(b.name))) {
    const parsed: unknown = JSON.parse(readFileSync(`${messagesFolder}${language}/${file}`, 'utf8'));
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
      throw new Error(`${language}/${file} is not a JSON object`);
    for (const [key, message] of Object.entries(parsed)) {
      if (key in catalogue) throw new Error(`the ${language} message ${key} is in two files`);
      catalogue[key] = String(message);
    }
  }
  return catalogue;
}
