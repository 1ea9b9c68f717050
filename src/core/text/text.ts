import { decodeEntities } from './entities.ts';

/**
 * Characters that are invisible and can mislead: controls (except tab and line ends), soft hyphen, Arabic
 * letter mark, zero-width characters, bidirectional marks, embeddings, overrides and isolates, invisible
 * operators, byte order mark, interlinear annotations, and the tag characters. And noncharacters, with which mails
 * mark places in their own text.
 */
const invisible =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
  /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff\u{e0000}-\u{e007f}]/gu;

/**
 * The registry's prose is Markdown in which ASCII punctuation may be escaped, sometimes twice. Matches only
 * from the start of a run of backslashes: else a long run would be scanned again from each of them.
 */
const escaped = /(?<!\\)\\+([!-/:-@[\]^_`{-~])/g;

/** Text that needs no cleaning. */
const plain = /^[ -%'-[\]-~\n]*$/;

/** Nested entities need another pass each; only an attacker nests five. */
const passes = 5;

function clean(text: string): string {
  if (plain.test(text)) return text;
  let current = text.toWellFormed();
  for (let pass = 0; pass < passes; pass++) {
    const next = decodeEntities(current.replace(invisible, '')).replace(escaped, '$1').normalize('NFC');
    if (next === current) break;
    current = next;
  }
  return current.replace(invisible, '');
}

/**
 * Normalises registry text to one line: NFC, HTML entities and Markdown escapes resolved, invisible and
 * direction-changing characters removed, white space collapsed and trimmed. May contain `<` and `>`: escape
 * on output.
 */
export function normaliseText(text: string): string {
  return clean(text)
    .replace(/[\s\u0085]+/g, ' ')
    .trim();
}

/**
 * As `normaliseText`, but keeps line breaks: lines end in `\n`, are trimmed, and at most one in a row is
 * empty.
 */
export function normaliseProse(text: string): string {
  return clean(text)
    .replace(/\r\n?|[\v\f\u0085\u2028\u2029]/g, '\n')
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** Letters that Unicode does not decompose, and their replacements on other keyboards. */
const letters: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ı: 'i',
  ħ: 'h',
};

/**
 * Folds text for comparing by meaning: compatibility form, lower case, without accents. Keeps punctuation.
 */
export function foldText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: plain ASCII needs no folding but of case
  if (/^[\u0000-\u007f]*$/.test(text)) return text.toLowerCase();
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[ßæœøđðþłıħ]/g, (letter) => letters[letter] ?? letter);
}

/** The words of a text, folded as `foldText` does, without punctuation, joined by single spaces. */
export function foldWords(text: string): string {
  return foldText(text)
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
