import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fleschKincaid } from 'flesch-kincaid';
import { syllable } from 'syllable';
import { describe, expect, it } from 'vitest';

const folder = join(import.meta.dirname, '../../../templates/messages/en');
/** School years that our own sentences may ask for. */
const gradeAtMost = 8;

/** Whole sentences of a messages file, as a reader meets them: the longest form, with plain words for what is filled in. */
function sentencesOf(file: string): string[] {
  const messages = Object.values(JSON.parse(readFileSync(join(folder, file), 'utf8')) as object).map(String);
  return messages
    .map((message) => message.replace(/\{\w+, (?:plural|select),.*?other \{([^{}]*)\}\}/g, '$1'))
    .map((message) => message.replace(/\{[^{}]*\}/g, 'this').replace(/#/g, '2'))
    .filter((message) => /[.?!]$/.test(message.trim()))
    .flatMap((message) => message.split(/(?<=[.?!])\s+/));
}

/** The grade of Flesch and Kincaid (1975) over all sentences together. */
function gradeOf(sentences: string[]): number {
  const words = sentences.flatMap((sentence) => sentence.match(/[\p{L}\d’'-]+/gu) ?? []);
  return fleschKincaid({
    sentence: sentences.length,
    word: words.length,
    syllable: words.reduce((sum, word) => sum + syllable(word), 0),
  });
}

describe('our own sentences', () => {
  const files = readdirSync(folder);
  // A few sentences say little by themselves.
  const [large, small] = [true, false].map((many) =>
    files.filter((file) => sentencesOf(file).length > 5 === many),
  );
  for (const group of [...(large ?? []).map((file) => [file]), small ?? []]) {
    it(`in ${group.join(', ')} ask for no more than eight years of school`, () => {
      const sentences = group.flatMap(sentencesOf);
      expect(gradeOf(sentences.length > 0 ? sentences : ['It is.'])).toBeLessThanOrEqual(gradeAtMost);
    });
  }

  it('are found in the files', () => {
    expect(files.flatMap(sentencesOf).length).toBeGreaterThan(200);
  });

  it('would be found out if they asked for more', () => {
    const hard =
      'Participation eligibility determinations notwithstanding, investigational administration necessitates comprehensive evaluation of contraindications.';
    expect(gradeOf([hard])).toBeGreaterThan(gradeAtMost);
  });
});
