import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passagesOf } from '../../../src/core/matching/passages.ts';
import { findOccurrences, indexNames } from '../../../src/core/matching/phrases.ts';
import { editDistance } from '../../../src/core/text/edit-distance.ts';
import { foldName, foldToWords, isShortAbbreviation, naturalOrder } from '../../../src/core/text/folding.ts';
import { anyCharacter } from '../../support/any-character.ts';

const same: [string, string][] = [
  ['Leukaemia, Lymphoid', 'lymphoid leukemias'],
  ['Leukemia, Myeloid, Acute', 'acute myeloid leukemia'],
  ["Alzheimer's Disease", 'alzheimers disease'],
  ['Alzheimer’s disease', 'Alzheimer Diseases'],
  ['Carcinoma, Non-Small-Cell Lung', 'nonsmall cell lung carcinoma'],
  ['Tumours of the Oesophagus', 'tumors of esophagus'],
  ['COVID-19', 'Covid19'],
  ['Sjögren’s Syndrome', 'sjogren syndrome'],
  ['Paediatric diarrhoea', 'pediatric diarrhea'],
  ['Post-Traumatic Stress', 'posttraumatic stress'],
  ['pre-eclampsia', 'Preeclampsia'],
  ['Gastro-oesophageal reflux', 'gastroesophageal reflux'],
  ['Metastases', 'metastasis'],
  ['Allergies', 'allergy'],
  ['Haemorrhoids', 'hemorrhoid'],
  ['Type II Diabetes', 'type 2 diabetes'],
  ['Type I Hypersensitivity', 'type 1 hypersensitivity'],
  ['Cardiac fibre centre', 'cardiac fiber center'],
];
const different: [string, string][] = [
  ['arthritis', 'arthrosis'],
  ['diabetes', 'prediabetes'],
  ['hypertension', 'hypotension'],
  ['small cell', 'non-small cell'],
  ['diabetes mellitus', 'diabetes'],
  ['hemophilia A', 'hemophilia'],
  ['hepatitis A', 'hepatitis B'],
];

describe('folding', () => {
  /** Broken: nothing but lower case. */
  const lower = (text: string) => text.toLowerCase();

  it('M1: folds case, accents, punctuation, plural, hyphen, inversion, British and American spelling', () => {
    const check = (fold: (text: string) => string) => {
      for (const [a, b] of same) expect(fold(a)).toBe(fold(b));
      for (const [a, b] of different) expect(fold(a)).not.toBe(fold(b));
    };
    check(foldName);
    expect(() => check(lower)).toThrow();
  });

  it('M1: folding is stable, and blind to case, hyphens and blanks (property)', () => {
    const word = fc.constantFrom(
      'lung',
      'cancer',
      'leukaemia',
      'Sjögren',
      'b',
      'cell',
      'tumours',
      'acute',
      'non',
    );
    const check = (fold: (text: string) => string) =>
      fc.assert(
        fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
          const folded = fold(words.join(' '));
          expect(fold(folded)).toBe(folded);
          expect(fold(words.join('-').toUpperCase())).toBe(folded);
          expect(fold(`  ${words.join('   ')}  `)).toBe(folded);
        }),
        { numRuns: 300 },
      );
    check(foldName);
    expect(() => check(lower)).toThrow();
  });

  it('M1: any text folds without throwing, hostile ones too (property)', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter, maxLength: 200 }), (text) => {
        expect(foldToWords(text).every((word) => /^(\||[\p{L}\p{N}]+)$/u.test(word))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('M1b: knows abbreviations too short to match alone', () => {
    for (const short of ['ALL', 'MS', 'PD', 'AD', 'B-ALL', 'AIDS', 'C. d.'])
      expect(isShortAbbreviation(foldName(short))).toBe(true);
    for (const long of ['HIV', 'flu', 'COPD', 'gout', 'Behçet', 'B cell'])
      expect(isShortAbbreviation(foldName(long))).toBe(false);
  });

  it('says a heading the way people do', () => {
    expect(naturalOrder('Diabetes Mellitus, Type 2')).toBe('Type 2 Diabetes Mellitus');
    expect(naturalOrder('Asthma')).toBe('Asthma');
  });
});

describe('passages', () => {
  const read = (condition: string) =>
    passagesOf({ conditions: [condition], title: '', officialTitle: null }).map((passage) =>
      passage.join(' '),
    );

  it('M1: reads a condition as written, uninverted, without brackets, and with shared words', () => {
    expect(read('Bronchospasm, Exercise-Induced')).toContain('exercize induced bronchospasm');
    expect(read('Lung (NSCLC) cancer')).toContain('lung cancer');
    expect(read('Liver, breast, and lung cancers')).toEqual(
      expect.arrayContaining(['liver cancer', 'breast cancer']),
    );
    expect(read('Type 1 and type 2 diabetes')).toContain('type 1 diabete');
    expect(read("Non-Hodgkin's and follicular lymphoma")).toContain('non hodgkin lymphoma');
    expect(read('Malignant Melanoma, Lung Cancer, or Colorectal Cancer')).not.toContain('melanoma lung');
  });
});

describe('the index of names', () => {
  const vocabulary = ['lung', 'cancer', 'small', 'cell', 'non', 'asthma'];
  const phrase = fc
    .array(fc.constantFrom(...vocabulary), { minLength: 1, maxLength: 4 })
    .map((words) => words.join(' '));
  const text = fc.array(fc.constantFrom(...vocabulary, 'the study', 'asthmatic'), { maxLength: 12 });

  /** A second way to the same: every phrase held against every place. */
  const naive = (passage: readonly string[], phrases: string[]) =>
    phrases.filter((one) => ` ${passage.join(' ')} `.includes(` ${one} `));
  const indexed = (passage: readonly string[], phrases: string[]) => {
    const index = indexNames(phrases.map((one) => [one, one] as const));
    const found = new Set(findOccurrences([passage], index).map(({ value }) => value));
    return phrases.filter((one) => found.has(one));
  };
  /** Broken: letters for words. */
  const substring = (passage: readonly string[], phrases: string[]) =>
    phrases.filter((one) => passage.join(' ').includes(one));

  it('M1: finds the same as holding every phrase against every place (property)', () => {
    const check = (find: typeof naive) =>
      fc.assert(
        fc.property(text, fc.uniqueArray(phrase, { maxLength: 8 }), (words, phrases) => {
          const passage = foldToWords(words.join(' '));
          expect(find(passage, phrases)).toEqual(naive(passage, phrases));
        }),
        { numRuns: 1000 },
      );
    check(indexed);
    expect(() => check(substring)).toThrow();
  });

  it('tells where a name stands', () => {
    const index = indexNames([['lung cancer', 1]]);
    const passage = foldToWords('Small cell lung cancer, lung cancer');
    expect(findOccurrences([passage], index).map(({ start, end }) => [start, end])).toEqual([
      [2, 4],
      [5, 7],
    ]);
  });
});

describe('spelling distance', () => {
  it('counts slips, a swap of neighbours as one, and gives up at the limit', () => {
    expect(editDistance('asthma', 'astma', 2)).toBe(1);
    expect(editDistance('asthma', 'ashtma', 2)).toBe(1);
    expect(editDistance('leukemia', 'leukemia', 2)).toBe(0);
    expect(editDistance('asthma', 'melanoma', 2)).toBe(3);
    expect(editDistance('a', 'abcdef', 2)).toBe(3);
  });
});
