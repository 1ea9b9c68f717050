import type { RefusalMeaning } from '../meanings.ts';

/** Words that tell why a server refused, with the source that documents them. */
export type Phrase = { meaning: RefusalMeaning; readonly pattern: RegExp; source: string };

/** A phrase that was found. Gaps between its words are omitted, since they may hold a name. */
export type FoundPhrase = { meaning: RefusalMeaning; words: string };

/**
 * Phrases of one meaning, matched against plain words: lower case without accents, `@` for an address, `~`
 * for a host name or a link. In a phrase, `(a|b)` matches either, `[a]` is optional, `*` matches the rest of
 * a word, and ` … ` up to 50 characters of the same clause.
 */
export function phrasesOf(meaning: RefusalMeaning, source: string, phrases: readonly string[]): Phrase[] {
  return phrases.map((phrase) => {
    const pattern = compiled(phrase);
    return {
      meaning,
      source,
      get pattern() {
        return pattern();
      },
    };
  });
}

/** Makes a test for any of these phrases in plain words. */
export function anyOf(phrases: readonly string[]): (words: string) => boolean {
  const patterns = phrases.map(compiled);
  return (words) => patterns.some((pattern) => pattern().test(words));
}

/** Finds the first phrase of a list that occurs in plain words. */
export function findPhrase(phrases: readonly Phrase[], words: string): FoundPhrase | null {
  for (const { meaning, pattern } of phrases) {
    const match = pattern.exec(words);
    if (match) return { meaning, words: withoutGaps(match) };
  }
  return null;
}

const letter = '[\\p{L}\\p{N}]';
const gap = `((?!${letter})[^.;:]{0,50}?(?<!${letter}))`;

/** Compiles on first use: there are hundreds, and most processes read no answer of a server. */
function compiled(phrase: string): () => RegExp {
  let pattern: RegExp | null = null;
  return () => {
    pattern ??= compile(phrase);
    return pattern;
  };
}

function compile(phrase: string): RegExp {
  const pattern = phrase
    .replace(/[.+?^$/]/g, '\\$&')
    .replaceAll('(', '(?:')
    .replaceAll('[', '(?:')
    .replaceAll(']', ')?')
    .replaceAll('*', '[\\p{L}\\p{N}-]*')
    .replace(/ ?… ?/g, gap);
  return new RegExp(`(?<!${letter})(?:${pattern})(?!${letter})`, 'du');
}

function withoutGaps({ 0: whole, index, indices = [] }: RegExpExecArray): string {
  let words = '';
  let end = index;
  for (const span of indices.slice(1)) {
    const [from, to] = span ?? [end, end];
    if (to - from < 2) continue;
    words += `${whole.slice(end - index, from - index)} … `;
    end = to;
  }
  return words + whole.slice(end - index);
}
