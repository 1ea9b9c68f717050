import { isRegistryLanguage, registryLanguage } from '../core/wording/registry-text.ts';
import { makeWording, type Wording } from '../core/wording/wording.ts';
import { messageOf } from '../errors.ts';
import { baseLanguage } from '../languages.ts';
import { readCatalogue } from './catalogue-files.ts';
import type { Custom } from './custom/custom.ts';

const made = new Map<string, Wording>();
const marking = new Map<string, Wording>();
const customMade = new WeakMap<Custom, Map<string, Wording>>();

/**
 * Reads the wording of a language from the files in `templates/messages/<language>`, once. Missing messages
 * fall back to the language of a regional form, then to English. With `custom`, the operator's own texts replace built-in ones. Throws if the language
 * does not exist.
 */
export function createWording(language: string, custom?: Custom): Wording {
  return withOwnTexts(remember(made, language, false), custom, false);
}

/** As `createWording`, for HTML: registry text is enclosed in the marks that `showMarks` reads. */
export function createMarkingWording(language: string, custom?: Custom): Wording {
  return isRegistryLanguage(language)
    ? createWording(language, custom)
    : withOwnTexts(remember(marking, language, true), custom, true);
}

/** An own text that fails in use is replaced by the built-in one and reported. */
function withOwnTexts(builtIn: Wording, custom: Custom | undefined, marks: boolean): Wording {
  const { language } = builtIn;
  const inBase = custom?.messages.get(baseLanguage(language));
  const inLanguage = custom?.messages.get(language);
  if (custom === undefined || (inBase ?? inLanguage) === undefined) return builtIn;
  const kept = customMade.get(custom) ?? new Map<string, Wording>();
  customMade.set(custom, kept);
  const key = `${language} ${marks}`;
  const known = kept.get(key);
  if (known) return known;
  const own = makeWording(language, { ...inBase, ...inLanguage }, { marks });
  const wording: Wording = {
    ...builtIn,
    say: (name, values) => {
      if (!own.has(name)) return builtIn.say(name, values);
      try {
        return own.say(name, values);
      } catch (error) {
        custom.report(`messages/${language}.json`, name, messageOf(error));
        return builtIn.say(name, values);
      }
    },
  };
  kept.set(key, wording);
  return wording;
}

function remember(kept: Map<string, Wording>, language: string, marks: boolean): Wording {
  const known = kept.get(language);
  if (known) return known;
  // Admin pages are in English only, and a missing message must not break a page. Dates and numbers never fall back.
  const { 'format.locale': _, ...english } = readCatalogue(registryLanguage);
  const messages = { ...english, ...readCatalogue(baseLanguage(language)), ...readCatalogue(language) };
  const wording = makeWording(language, messages, { marks });
  kept.set(language, wording);
  return wording;
}
