import { type ConditionWords, conditionWords } from '../../languages.ts';
import { foldName, isShortAbbreviation } from '../text/folding.ts';
import { lazily } from '../text/remember.ts';

/*
 * Everyday names of illnesses in other languages, from each language's folder. The words lead to a concept
 * and are never searched for as phrases: registrants do not use them, so they could only match wrongly (M1,
 * M2).
 */

/** Every listed illness of every language. */
export const foreignWords: readonly ConditionWords[] = [...conditionWords.values()].flat();

const byWord = lazily(
  () => new Map(foreignWords.flatMap((one) => one.words.map((word) => [foldName(word), one] as const))),
);

/** Articles that people may type first, in the languages listed here. */
const article = /^(?:el|la|los|las|un|una|le|les|der|die|das|il|lo|o|a) /;

/** The English term for an illness in another language, with or without accents; null if it is not listed. */
export function englishFor(typed: string): string | null {
  const folded = foldName(typed);
  const bare = byWord().has(folded) ? folded : folded.replace(article, '');
  return isShortAbbreviation(bare) ? null : (byWord().get(bare)?.en ?? null);
}

/** The headings that an abbreviation may stand for in another language (EM: esclerosis múltiple). */
export function idsByForeignAbbreviation(typed: string): string[] {
  const folded = foldName(typed);
  return foreignWords.flatMap(({ id, short = [] }) =>
    id !== undefined && short.some((one) => foldName(one) === folded) ? id : [],
  );
}

/** The names of a heading in a language, the usual one first; empty if the language has no list. */
export function namesInLanguage(language: string, conceptId: string): readonly string[] {
  return conditionWords.get(language)?.find(({ id }) => id === conceptId)?.words ?? [];
}

const byConcept = Map.groupBy(foreignWords, ({ id }) => id);

/** The names of a heading in all languages except English. */
export function foreignNamesOf(conceptId: string): string[] {
  return (byConcept.get(conceptId) ?? []).flatMap(({ words }) => words);
}
