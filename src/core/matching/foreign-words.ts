import { type ConditionWords, conditionWords } from '../../languages.ts';
import { foldName, isShortAbbreviation } from '../text/folding.ts';

/*
 * What illnesses are called in everyday words of other languages, as each language's folder says. The words lead to a
 * concept and are never phrases to look for: nobody registers them, so none can match wrongly (M1, M2).
 */

/** Every listed illness of every language. */
export const foreignWords: readonly ConditionWords[] = [...conditionWords.values()].flat();

const byWord = new Map(
  foreignWords.flatMap((one) => one.words.map((word) => [foldName(word), one] as const)),
);

/** Articles people begin with, in the languages written here. */
const article = /^(?:el|la|los|las|un|una|le|les|der|die|das|il|lo|o|a) /;

/** The English words for an illness in another language, however its accents are written; null if it is not listed. */
export function englishFor(typed: string): string | null {
  const folded = foldName(typed);
  const bare = byWord.has(folded) ? folded : folded.replace(article, '');
  return isShortAbbreviation(bare) ? null : (byWord.get(bare)?.en ?? null);
}

/** The headings that an abbreviation may stand for in another language (EM: esclerosis múltiple). */
export function idsByForeignAbbreviation(typed: string): string[] {
  const folded = foldName(typed);
  return foreignWords.flatMap(({ id, short = [] }) =>
    id !== undefined && short.some((one) => foldName(one) === folded) ? id : [],
  );
}

/** What a heading is called in a language, the usual name first; nothing in one that has no list. */
export function namesInLanguage(language: string, conceptId: string): readonly string[] {
  return conditionWords.get(language)?.find(({ id }) => id === conceptId)?.words ?? [];
}

/** What a heading is called in any language but English. */
export function foreignNamesOf(conceptId: string): string[] {
  return foreignWords.flatMap(({ id, words }) => (id === conceptId ? words : []));
}
