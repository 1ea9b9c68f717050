import { foldText } from '../text/text.ts';

/**
 * What of a text carries meaning: letter case, accents, quotes, bullets, emphasis, closing punctuation and white space
 * do not; comparisons, signs, numbers and the order of words do. Two texts with one key were only spelled differently.
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
      // Before the rule that follows, which takes time with the square of a run of white space.
      .replace(/\s+/g, ' ')
      .replace(/ ?([<>=!/+()-]+) ?/g, '$1')
      .replace(/ +/g, ' ')
      .trim()
  );
}

/** Whether two texts differ in nothing but spelling. */
export function isRespelled(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && (a === b || spellingKey(a) === spellingKey(b));
}
