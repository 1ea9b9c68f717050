import { findMessageFault } from '../../core/wording/message-arguments.ts';
import type { Catalogue } from '../../core/wording/wording.ts';
import { baseLanguage, isLanguage, languagesWithRegions } from '../../languages.ts';
import { readCatalogue } from '../catalogue-files.ts';
import type { CustomFault } from './fault.ts';
import type { OwnFiles } from './own-files.ts';

/**
 * Prefixes of keys that cannot be replaced: consents, whose wording is recorded with each subscription, legal
 * notices, the sender of a mail, the remark that it is no advice, and the marks of a demonstration.
 */
export const fixedKeys = [
  ...['follow.consent.', 'legal.privacy.', 'legal.kept.', 'legal.terms.', 'about.'],
  ...['page.foot.not-advice', 'page.demo', 'digest.demo', 'digest.subject-demo', 'format.'],
] as const;

/** An operator's own texts by language, without those that have a fault. */
export type OwnMessages = Map<string, Catalogue>;

/** Reads `messages/<language>.json`: keys and ICU messages that replace built-in ones. */
export function readOwnMessages(files: OwnFiles, faults: CustomFault[]): OwnMessages {
  const own: OwnMessages = new Map();
  for (const file of files.list('messages')) {
    const language = file.slice('messages/'.length).replace(/\.json$/, '');
    const add = (key: string | null, reason: string, isWarning = false) =>
      faults.push({ file, key, reason, isWarning });
    if (!file.endsWith('.json') || !isLanguage(language)) {
      add(
        null,
        `is not used: there are messages/${languagesWithRegions.join('.json, messages/')}.json`,
        true,
      );
      continue;
    }
    const parsed = files.readJson(file, faults);
    if (parsed === null) continue;
    // Texts that a language lacks are English, such as those of the admin pages.
    const builtIn: Catalogue = {
      ...readCatalogue('en'),
      ...readCatalogue(baseLanguage(language)),
      ...readCatalogue(language),
    };
    const used: { [key: string]: string } = {};
    for (const [key, message] of Object.entries(parsed)) {
      const usual = Object.hasOwn(builtIn, key) ? builtIn[key] : undefined;
      if (usual === undefined) add(key, 'is unknown to this version and is not used', true);
      else if (fixedKeys.some((start) => key.startsWith(start))) add(key, 'cannot be replaced');
      else if (typeof message !== 'string') add(key, 'is not a text');
      else {
        const fault = findMessageFault(message, usual, language);
        if (fault === null) used[key] = message;
        else add(key, fault);
      }
    }
    own.set(language, used);
  }
  return own;
}
