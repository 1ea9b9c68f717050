import { foldName, isShortAbbreviation } from '../text/folding.ts';
import list from './words-es.json' with { type: 'json' };

/**
 * Common illnesses in everyday Spanish, `words-es.json`, with regional words beside each other ("ictus", "derrame
 * cerebral"). `id` and `en` are a heading of the committed list or of recorded records; without `id`, `en` are English
 * words that are looked up like any others. `short`: abbreviations, which mean nothing for certain and are only offered.
 * The words lead to a concept and are no phrases: what nobody registers cannot be hit wrongly (M1, M2).
 */
export type SpanishWords = { en: string; id?: string; es: string[]; short?: string[] };

/** The committed list. */
export const spanishWords: readonly SpanishWords[] = list;

const byWord = new Map(spanishWords.flatMap((one) => one.es.map((word) => [foldName(word), one] as const)));

const article = /^(?:el|la|los|las|un|una) /;

/** The English words for an illness in Spanish, however its accents are written; null for what is not listed. */
export function englishFor(typed: string): string | null {
  const folded = foldName(typed).replace(article, '');
  return isShortAbbreviation(folded) ? null : (byWord.get(folded)?.en ?? null);
}

/** The headings that a Spanish abbreviation may stand for (EM: esclerosis múltiple). */
export function idsBySpanishAbbreviation(typed: string): string[] {
  const folded = foldName(typed);
  return spanishWords.flatMap(({ id, short = [] }) =>
    id !== undefined && short.some((one) => foldName(one) === folded) ? id : [],
  );
}

const byId = new Map(
  spanishWords.flatMap((one) => (one.id === undefined ? [] : [[one.id, one.es] as const])),
);

/** What a heading is called in Spanish, the usual name first. */
export function spanishNamesOf(conceptId: string): readonly string[] {
  return byId.get(conceptId) ?? [];
}
