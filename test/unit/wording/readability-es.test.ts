import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const folder = join(import.meta.dirname, '../../../templates/messages/es');
/**
 * On the INFLESZ scale 55 to 65 is "normal", what most adults read without effort, and 65 to 80 "fairly easy"
 * (Barrio-Cantalejo and others, An. Sist. Sanit. Navar. 31, 2008).
 */
const easeAtLeast = 60;

/** Whole sentences of a messages file, as a reader meets them: the longest form, with plain words for what is filled in. */
function sentencesOf(file: string): string[] {
  const messages = Object.values(JSON.parse(readFileSync(join(folder, file), 'utf8')) as object).map(String);
  return messages
    .map((message) => message.replace(/\{\w+, (?:plural|select),.*?other \{([^{}]*)\}\}/g, '$1'))
    .map((message) => message.replace(/\{[^{}]*\}/g, 'esto').replace(/#/g, '2'))
    .filter((message) => /[.?!]$/.test(message.trim()))
    .flatMap((message) => message.split(/(?<=[.?!])\s+/));
}

/** Syllables of a Spanish word: each strong or accented vowel is the heart of one, and so are weak ones by themselves. */
function countSyllables(word: string): number {
  const sounded = word
    .toLowerCase()
    .replace(/(?<=[qg])u(?=[eiéí])/g, '')
    .replace(/(?<![aeiouáéíóúü])y(?![aeiouáéíóúü])|y$/g, 'i');
  const strong = sounded.match(/[aeoáéíóú]/g)?.length ?? 0;
  const weakAlone = sounded.match(/(?<![aeoáéíóúiuü])[iuü]+(?![aeoáéíóúiuü])/g)?.length ?? 0;
  return Math.max(1, strong + weakAlone);
}

/** Perspicuity after Szigriszt-Pazos (1993), which the INFLESZ scale reads: 206.835 − 62.3 syllables/word − words/sentence. */
function easeOf(sentences: string[]): number {
  const words = sentences.flatMap((sentence) => sentence.match(/\p{L}+/gu) ?? []);
  const syllables = words.reduce((sum, word) => sum + countSyllables(word), 0);
  return 206.835 - (62.3 * syllables) / words.length - words.length / sentences.length;
}

describe('our own sentences in Spanish', () => {
  for (const file of readdirSync(folder).filter(
    (name) => name.endsWith('.json') && sentencesOf(name).length > 5,
  )) {
    it(`in ${file} are at least easily read by most adults`, () => {
      expect(easeOf(sentencesOf(file))).toBeGreaterThanOrEqual(easeAtLeast);
    });
  }

  it('are counted by syllables as they are spoken', () => {
    const spoken = {
      ensayo: 3,
      ciudad: 2,
      día: 2,
      estudio: 3,
      quien: 1,
      guía: 2,
      cuidado: 3,
      reclutamiento: 5,
    };
    const more = { oír: 2, y: 1, muy: 1, leucemia: 3, participantes: 5, también: 2, averigüe: 4, peor: 2 };
    for (const [word, count] of Object.entries({ ...spoken, ...more }))
      expect([word, countSyllables(word)]).toEqual([word, count]);
  });

  it('would be found out if they were hard', () => {
    const hard =
      'La administración intravenosa del medicamento experimental presupone la evaluación multidisciplinar de contraindicaciones farmacológicas preexistentes.';
    expect(easeOf([hard])).toBeLessThan(easeAtLeast);
    expect(easeOf(['El ensayo sigue en marcha.', 'No toma a nadie más.'])).toBeGreaterThan(easeAtLeast);
  });
});
