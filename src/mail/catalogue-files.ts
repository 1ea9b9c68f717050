import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Catalogue } from '../core/wording/wording.ts';

const messagesFolder = fileURLToPath(new URL('../../templates/messages/', import.meta.url));

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
