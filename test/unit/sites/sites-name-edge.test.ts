import { describe, expect, it } from 'vitest';
import { readSiteName } from '../../../src/core/sites/name.ts';
import { editSimilarity, wordSimilarity } from '../../../src/core/sites/similarity.ts';
import { readNameWords } from '../../../src/core/sites/words.ts';
import { editDistance } from '../../../src/core/text/edit-distance.ts';

const boston = { city: 'Boston', state: 'Massachusetts', country: 'United States' };
const read = (facility: string, where = boston) => readSiteName({ ...where, facility });

describe('C3: the parts of a facility’s name', () => {
  it.each<[string, string | null, string]>([
    ['Anna Hospital', null, 'annahospital'],
    ['Anna Hospital ( Site 1112)', '1112', 'annahospital'],
    ['Anna Hospital (Study Site 0012)', '12', 'annahospital'],
    ['Anna Hospital (study  site 12)', '12', 'annahospital'],
    ['Anna Hospital (Site No. US-007)', 'us007', 'annahospital'],
    ['Anna Hospital /ID# 250497', '250497', 'annahospital'],
    ['Anna Hospital / ID # 250497', '250497', 'annahospital'],
    ['Anna Hospital (ID#: 250497)', '250497', 'annahospital'],
    ['Anna Hospital ID#A-17', 'a17', 'annahospital'],
    ['Anna Hospital Site 10', '10', 'annahospitalsite'],
    ["Anna Children's Hospital", null, 'annachildrenshospital'],
    ['St Jude’s', null, 'stjudes'],
  ])('%s', (facility, number, compact) => {
    expect(read(facility)).toMatchObject({ number, compact, anonymous: false });
  });

  it.each<[string, string | null]>([
    ['', null],
    ['Boston', null],
    ['United States', null],
    ['Research Site', null],
    ['Boston Research Site', null],
    ['Research Site, Boston', null],
    ['Research Site Boston, United States', null],
    ['Investigational Site Number: 0840', '840'],
    ['Site No. 0044', '44'],
    ['0044', '44'],
    ['000', '0'],
    ['USA10-0', 'usa100'],
    ['DE-1204', 'de1204'],
    ['Contact the sponsor for more information', null],
    ['Multiple Locations', null],
  ])('%j names nobody', (facility, number) => {
    expect(read(facility)).toMatchObject({ number, anonymous: true });
  });

  it('a code alone has no letters to compare', () => {
    expect([read('0044').compact, read('USA10-0').words.tokens]).toEqual(['', []]);
  });

  it.each(['Boston Hospital', 'Massachusetts', 'Sitel Hospital', 'Bostonian'])(
    '%s names somebody',
    (facility) => {
      expect(read(facility).anonymous).toBe(false);
    },
  );

  it('a hospital in a place without a city is not nameless', () => {
    const nowhere = { city: '', state: '', country: '' };
    expect(read('Anna Hospital', nowhere).anonymous).toBe(false);
    expect(read('Research Site', nowhere).anonymous).toBe(true);
  });

  it('knows the words of its place, also by the city’s other name', () => {
    expect([...read('Anna').local].sort()).toEqual(['', 'boston', 'massachusetts', 'states', 'united']);
    const rome = { city: 'Roma', state: 'RM', country: 'Italy' };
    expect([...read('Anna', rome).local].sort()).toEqual(['italy', 'rm', 'roma', 'rome']);
  });
});

describe('C3: the words of a name', () => {
  const words = (text: string, local: string[] = []) => readNameWords(text, new Set(local));

  it.each([
    ['the hosp of anna', ['hospital', 'anna']],
    ['onkologie', ['oncology']],
    ['kardiologie klinika', ['cardiology', 'clinic']],
    ['neurologisches institut', ['neurology', 'institute']],
    ['krakenhaus', ['hospital']],
    ['cetre', ['center']],
    ['natonal', ['national']],
    ['napoli', ['naples']],
    ['cent', ['center']],
    ['anna', ['anna']],
    ['', []],
  ])('%j is read as %j', (text, tokens) => {
    expect(words(text).tokens).toEqual(tokens);
  });

  it('directions, ordinals and whom it treats are marks, but for those of its place', () => {
    expect(words('west anna 1st east west').marks).toBe('1st east west');
    expect(words('east hanover hospital', ['east', 'hanover']).marks).toBe('');
    expect(words('anna hospital').marks).toBe('');
  });

  it('plain numbers are kept, in one order, each once', () => {
    expect(words('hospital 12 3 12').digits).toBe('12 3');
    expect(words('b12 hospital 12b').digits).toBe('');
  });
});

describe('C3: how alike names are', () => {
  const like = (a: string, b: string, local: [string[], string[]] = [[], []]) =>
    wordSimilarity(
      { tokens: a.split(' ').filter((word) => word !== ''), local: new Set(local[0]) },
      { tokens: b.split(' ').filter((word) => word !== ''), local: new Set(local[1]) },
    );

  it.each([
    ['ac', 'ba', 2],
    ['cb', 'ba', 2],
    ['xyab', 'zwba', 3],
    ['ca', 'abc', 3],
  ])('from %j to %j are %i edits', (a, b, edits) => {
    expect(editDistance(a, b, 9)).toBe(edits);
    expect(editDistance(b, a, 9)).toBe(edits);
  });

  it('a longer text is less alike by its longer length', () => {
    expect(editSimilarity('ab', 'abcd')).toBe(0.5);
    expect(editSimilarity('', 'abcd')).toBe(0);
  });

  it('nothing is like nothing', () => {
    for (const [a, b] of [
      ['', ''],
      ['anna', ''],
      ['', 'anna'],
    ] as const)
      expect(like(a, b)).toBe(0);
  });

  it.each([
    ['severance', 'severence'],
    ['severance', 'sivirance'],
    ['tongji', 'tongij'],
    ['hallym', 'halym'],
    ['asana', 'asanas'],
    ['severance', 'severancexy'],
    ['yonseikk', 'yonxeiky'],
  ])('%s and %s are one word', (a, b) => {
    expect(like(a, b)).toBe(1);
    expect(like(b, a)).toBe(1);
  });

  it.each([
    ['anna', 'anne'],
    ['anna', 'annas'],
    ['tongji', 'tangju'],
    ['yonseis', 'yonsexyz'],
    ['yonseik', 'yonxeiky'],
    ['severance', 'severancexyz'],
    ['seoulna', 'daeguna'],
    ['severancehall', 'sxvxrxncehall'],
  ])('%s and %s are two words', (a, b) => {
    expect(like(a, b)).toBeLessThan(1);
    expect(like(b, a)).toBeLessThan(1);
  });

  it('words joined or parted are nearly one, when they are long enough', () => {
    expect(like('ta tung hospital', 'tatung hospital')).toBeGreaterThan(0.9);
    expect(like('ta tung hospital', 'tatung hospital')).toBeLessThan(1);
    expect(like('ab cde', 'abcde')).toBeGreaterThan(0.9);
    expect(like('abcd', 'ab cd')).toBe(0);
    expect(like('ab cde', 'abxyz')).toBe(0);
  });

  it('initials of three or more words stand for them, other letters do not', () => {
    expect(like('sah', 'saint anna hospital')).toBe(0.85);
    expect(like('saint anna hospital', 'sah')).toBe(0.85);
    expect(like('sax', 'saint anna hospital')).toBe(0);
    expect(like('sa', 'saint anna')).toBe(0);
    expect(like('sah clinic', 'saint anna hospital')).toBe(0);
  });

  it('a shared word tells the more the longer it is, up to eight letters', () => {
    const shared = (word: string) => like(`${word} clinic`, `${word} trust`);
    expect(shared('abcdefgh')).toBeGreaterThan(shared('abc'));
    expect(shared('abcdefghijklmnop')).toBe(shared('abcdefgh'));
    expect(shared('abc')).toBeGreaterThan(0.4);
  });

  it('a word of the place tells little, whichever of the two is there', () => {
    const plain = like('anna seoul', 'anna');
    expect(like('anna seoul', 'anna', [['seoul'], []])).toBeGreaterThan(plain);
    expect(like('anna seoul', 'anna', [[], ['seoul']])).toBeGreaterThan(plain);
    expect(like('seoul anna', 'seoul nord', [['seoul'], ['seoul']])).toBeLessThan(
      like('seoul anna', 'seoul nord'),
    );
  });

  it('the longer of two remainders counts, and what both have of their own counts more', () => {
    expect(like('anna', 'anna yonseitongji')).toBeLessThan(like('anna', 'anna clinic'));
    expect(like('anna yonsei', 'anna tongji')).toBeLessThan(like('anna', 'anna tongji'));
    expect(like('anna yonsei', 'anna tongji')).toBeGreaterThan(0);
  });
});
