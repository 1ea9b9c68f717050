import { describe, expect, it } from 'vitest';
import { editDistance } from '../../../src/core/text/edit-distance.ts';
import { decodeEntities } from '../../../src/core/text/entities.ts';
import {
  foldHeading,
  foldName,
  foldToWords,
  isShortAbbreviation,
  longestText,
  naturalOrder,
} from '../../../src/core/text/folding.ts';
import {
  foldText as foldLetters,
  foldWords,
  normaliseProse,
  normaliseText,
} from '../../../src/core/text/text.ts';

describe('entities', () => {
  it.each([
    ['&#65;&#x42;&#X43;&#x6a;', 'ABCj'],
    ['&nbsp;|&yuml;|&times;', '\u00a0|ÿ|×'],
    ['&alpha;&omega;&sigmaf;&sigma;', 'αως\u03c3'],
    ['&Alpha;&Omega;&Sigma;', 'ΑΩΣ'],
    ['&amp;lt; &quot;&apos;&ge;&le;&ne;', '&lt; "\'≥≤≠'],
    ['&#x10FFFF;', '\u{10ffff}'],
    ['&#xE000;&#xD7FF;', '\ue000\ud7ff'],
  ])('%s', (text, decoded) => {
    expect(decodeEntities(text)).toBe(decoded);
  });

  it.each([
    '&#0;',
    '&#x110000;',
    '&#xD800;',
    '&#xDFFF;',
    '&Sigmaf;',
    '&unknown;',
    '&#12345678;',
    '&a;',
    'AT&T',
    '&lt',
    '& lt;',
  ])('%s stays as it is', (text) => {
    expect(decodeEntities(text)).toBe(text);
  });
});

describe('text of the registry', () => {
  it('C16: no character that shows nothing or turns the line is left', () => {
    const ranges = [
      [0x00, 0x08],
      [0x0e, 0x1f],
      [0x7f, 0x84],
      [0x86, 0x9f],
      [0xad, 0xad],
      [0x61c, 0x61c],
      [0x115f, 0x1160],
      [0x180e, 0x180e],
      [0x200b, 0x200f],
      [0x202a, 0x202e],
      [0x2060, 0x206f],
      [0x3164, 0x3164],
      [0xfeff, 0xfeff],
      [0xffa0, 0xffa0],
      [0xfff9, 0xfffb],
      [0xe0000, 0xe007f],
    ] as const;
    for (const [first, last] of ranges)
      for (let code = first; code <= last; code++) {
        const character = String.fromCodePoint(code);
        expect(normaliseText(`a${character}b`), code.toString(16)).toBe('ab');
        expect(normaliseText(`a&#${code};b`), code.toString(16)).toBe(code === 0 ? 'a&#0;b' : 'ab');
      }
  });

  it('escapes of punctuation are resolved, those of letters and a lone backslash stay', () => {
    for (const mark of '!"#$%&\'()*+,-./:;<=>?@[]^_`{|}~') {
      expect(normaliseText(`a\\${mark}b`)).toBe(`a${mark}b`);
      expect(normaliseText(`a\\\\${mark}b`)).toBe(`a${mark}b`);
    }
    for (const text of ['a\\b', 'a\\1', 'C:\\', 'a\\ b']) expect(normaliseText(text)).toBe(text);
  });

  it('entities within entities are resolved five deep', () => {
    expect(normaliseText('&amp;amp;amp;amp;lt;')).toBe('<');
    expect(normaliseText('&amp;amp;amp;amp;amp;lt;')).toBe('&lt;');
    expect(normaliseText('&amp;#x200b;a')).toBe('a');
  });

  it('white space of any kind is one space, none at the ends', () => {
    expect(normaliseText('\u2003a\u0085\u2028 \t\r\n\v\fb\u00a0')).toBe('a b');
    expect(normaliseText('Zu\u0308rich')).toBe('Z\u00fcrich');
  });

  it('prose keeps its lines, whatever ends them, and at most one empty one between', () => {
    for (const end of ['\n', '\r\n', '\r', '\v', '\f', '\u0085', '\u2028', '\u2029'])
      expect(normaliseProse(`a${end}b`)).toBe('a\nb');
    expect(normaliseProse('a\n\nb')).toBe('a\n\nb');
    expect(normaliseProse('a\n\n\n\n\nb\n \n\t\nc')).toBe('a\n\nb\n\nc');
    expect(normaliseProse('\n\n a  b \n')).toBe('a b');
  });

  it('letters of other keyboards are read as people type them', () => {
    expect(foldLetters('ß æ œ ø đ ð þ ł ı ħ')).toBe('ss ae oe o d d th l i h');
    expect(foldLetters('ÆØÐŁ ÉÑ ﬁ x\u0301\u0302y')).toBe('aeodl en fi xy');
    expect(foldLetters('A-B c.')).toBe('a-b c.');
    expect(foldWords('  A--B (c) é ')).toBe('a b c e');
  });
});

describe('M1: folding words', () => {
  it.each([
    ['anaemia oedema foetus diarrhoea', 'anemia edema fetus diarrhea'],
    ['tumour behavioural colours', 'tumor behavioral color'],
    ['four hours flour', 'four hour flour'],
    ['fibre centres litre calibre fibreoptic', 'fiber center liter caliber fibreoptic'],
    ['sulphate', 'sulfate'],
    [
      'organise organises organised organising organisation',
      'organize organize organized organizing organization',
    ],
    ['ageing', 'aging'],
    ['allergies psychoses metastases paralyses pareses', 'allergy psychosis metastasis paralysis paresis'],
    ['viruses abscesses reflexes scratches rashes', 'virus abscess reflex scratch rash'],
    ['carcinomata tumors ticks', 'carcinoma tumor tick'],
    ['gas lens abscess virus arthritis', 'gas lens abscess virus arthritis'],
    ['nonsmall nonacid none', 'non small nonacid none'],
    ['covid19 b12 il6', 'covid 19 b12 il6'],
    ['type i stage ii grade iii class iv phase i', 'type 1 stage 2 grade 3 class 4 phase 1'],
    ['hepatitis i vi', 'hepatitis i vi'],
    ['pre eclampsia post traumatic', 'preeclampsia posttraumatic'],
    ['post operative post op', 'postoperative post op'],
    ['anti b anti', 'anti b anti'],
    ['anti; body', 'anti body'],
    ['pre 123', 'pre 123'],
    ['the disease of the lung', 'disease of lung'],
    ['Straße Ødem Łódź', 'strasse odem lodz'],
    ["Alzheimer's Alzheimer’s Alzheimer´s", 'alzheimer alzheimer alzheimer'],
    ["o'brien", 'obrien'],
    ['Lou’s disease', 'lou disease'],
    [
      'recourse behaviouralism diesel stomatal canonically',
      'recourse behaviouralism diesel stomatal canonically',
    ],
    ['pre 1abc ante partum post surgical', 'pre 1abc ante partum post surgical'],
  ])('%j is %j', (text, folded) => {
    expect(foldName(text)).toBe(folded);
  });

  it.each([
    'a,b',
    'a;b',
    'a:b',
    'a(b',
    'a)b',
    'a[b',
    'a]b',
    'a{b',
    'a}b',
    'a|b',
    'a!b',
    'a?b',
    'a"b',
    'a“b',
    'a. b',
    'a - b',
    'a – b',
    'a--b',
  ])('no phrase reaches across %j', (text) => {
    expect(foldToWords(text)).toEqual(['a', '|', 'b']);
  });

  it.each([
    ['a-b', ['a', 'b']],
    ['a.b', ['a', 'b']],
    ['a/b', ['a', 'b']],
    ['a.', ['a', '|']],
  ])('%j is one run', (text, words) => {
    expect(foldToWords(text)).toEqual(words);
  });

  it('reads the beginning of a text that is far too long', () => {
    expect(foldToWords(`${'a '.repeat(longestText)}`)).toHaveLength(longestText / 2);
    expect(foldName(`${'a '.repeat(longestText)}, b`)).not.toContain('b');
  });

  it('a heading folds as a name does, however often it is asked for', () => {
    for (const term of ['Leukemia, Myeloid, Acute', 'Leukemia, Myeloid, Acute', 'Gout'])
      expect(foldHeading(term)).toBe(foldName(term));
  });

  it('says headings in the order people do, whatever their spaces', () => {
    expect(naturalOrder('A,  B, C')).toBe('C B A');
    expect(naturalOrder('A,B')).toBe('A,B');
  });

  it('three letters are too short to match by themselves, but for HIV and flu', () => {
    expect(['ms', 'b all', 'aids', 'a b c'].map(isShortAbbreviation)).toEqual([true, true, true, true]);
    expect(['hiv', 'flu', 'copd', 'b cell', 'acne'].map(isShortAbbreviation)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('slips', () => {
  it.each([
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['abc', 'bac', 1],
    ['abc', 'ab', 1],
    ['abc', 'abcd', 1],
    ['abc', 'axc', 1],
    ['ac', 'ba', 2],
    ['cb', 'ba', 2],
    ['xyab', 'zwba', 3],
    ['ca', 'abc', 3],
    ['abc', '', 3],
    ['', '', 0],
    ['kitten', 'sitting', 3],
  ])('from %j to %j are %i', (a, b, edits) => {
    expect([editDistance(a, b, 3), editDistance(b, a, 3)]).toEqual([edits, edits]);
    expect(editDistance(a, b, 9)).toBe(edits);
  });

  it('more than the limit is one more than the limit', () => {
    expect(editDistance('abcdef', 'uvwxyz', 2)).toBe(3);
    expect(editDistance('abcdef', 'a', 2)).toBe(3);
    expect(editDistance('abcdef', 'abcxyz', 2)).toBe(3);
    expect(editDistance('abcdef', 'abcdxy', 2)).toBe(2);
    expect(editDistance('a', 'b', 0)).toBe(1);
    expect(editDistance('a', 'a', 0)).toBe(0);
  });
});

describe('words that are one', () => {
  it.each([
    ['stage I', 'stage 1'],
    ['Grade I', 'grade 1'],
    ['class I', 'class 1'],
    ['phase IV', 'phase 4'],
    ['plan I', 'plan i'],
    ...'pre anti auto extra gastro micro macro neuro cardio hyper hypo poly intra inter myo osteo hepato thrombo para peri endo hemo colo broncho rhino naso psycho cerebro immuno musculo cranio veno nephro encephalo ano oro'
      .split(' ')
      .map((prefix): [string, string] => [`${prefix}-drastic`, foldName(`${prefix}drastic`)]),
    ['post-partum', 'postpartum'],
    ['post drastic', 'post drastic'],
  ])('%s is %s', (name, folded) => {
    expect(foldName(name)).toBe(folded);
  });
});
