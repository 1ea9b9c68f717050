import { foldText } from '../text/text.ts';

/**
 * A key for the meaning of a text. It ignores letter case, accents, quotes, bullets, emphasis, closing punctuation and
 * white space; it keeps comparisons, signs, numbers and word order. Texts with the same key differ only in spelling.
 */
export function spellingKey(text: string): string {
  return (
    foldText(text.replaceAll('≠', '!='))
      .replaceAll('≥', '>=')
      .replaceAll('≤', '<=')
      .replace(/=>/g, '>=')
      .replace(/=</g, '<=')
      .replace(/[\u2010-\u2015\u2212]/g, '-')
      .replace(/["'`´\u2018-\u201f«»*_#\\{}[\]]/g, '')
      .replace(/[.;,:](?=\s|$)/g, ' ')
      .replace(/(?<=^|\s)[•·●▪◦‣-](?=\s)/g, ' ')
      // First, because the next rule is quadratic in the length of a run of white space.
      .replace(/\s+/g, ' ')
      .replace(/ ?([<>=!/+()-]+) ?/g, '$1')
      .replace(/ +/g, ' ')
      .trim()
  );
}

/** A text without any white space. A registry lost all its line breaks on one day, and had them again later. */
export function unspaced(text: string): string {
  return text.replace(/\s+/g, '');
}

/** Whether two texts differ only in spelling. */
export function isRespelled(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && (a === b || spellingKey(a) === spellingKey(b));
}
