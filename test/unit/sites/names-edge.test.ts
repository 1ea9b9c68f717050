import { describe, expect, it } from 'vitest';
import {
  everydayName,
  mendSlugOfWords,
  type NamedCondition,
  nameConditions,
  slugOf,
  slugOfWords,
  wordsOfSlug,
  writtenNames,
} from '../../../src/core/matching/condition-names.ts';
import { openNameSearch, searchNames } from '../../../src/core/matching/name-search.ts';

const conditions = nameConditions([], new Map());
const nameOf = (id: string) => conditions.find(({ conceptId }) => conceptId === id)?.name;

describe('the name of a condition', () => {
  it.each([
    ['D009369', 'Cancer'],
    ['D006331', 'Heart disease'],
    ['D009422', 'Nervous system disorder'],
    ['D007239', 'Infectious disease'],
  ])('of a wide one, %s, is what most people say: %s', (id, name) => {
    expect(nameOf(id)).toBe(name);
  });

  it.each([
    ['D006258', 'Head and neck cancer'],
    ['D006967', 'Allergy'],
    ['D015470', 'Acute myeloid leukemia'],
    ['D054198', 'Acute lymphoblastic leukemia'],
    ['D001289', 'Attention deficit hyperactivity disorder'],
    ['D007319', 'Insomnia'],
  ])('is a listed one where the heading is turned round, long or a doctor’s word: %s is %s', (id, name) => {
    expect(nameOf(id)).toBe(name);
  });

  it.each([
    ['D008228', 'Non-Hodgkin lymphoma'],
    ['D016403', 'Diffuse large B-cell lymphoma'],
    ['D002289', 'Non-small cell lung cancer'],
    ['D064726', 'Triple-negative breast cancer'],
    ['D000094024', 'Long COVID'],
  ])('is spelled as people spell it: %s is %s', (id, name) => {
    expect(nameOf(id)).toBe(name);
  });

  it('is the heading where that is plain, or nothing is listed for it', () => {
    expect(nameOf('D001249')).toBe('Asthma');
    expect(nameOf('D009103')).toBe('Multiple Sclerosis');
    expect(everydayName({ id: 'X1', term: 'one of four words' })).toBe('One of four words');
    expect(everydayName({ id: 'X1', term: 'Made-up Neoplasms' })).toBe('Made-up Neoplasms');
    expect(everydayName({ id: 'X1', term: 'Disease, Made-up' })).toBe('Made-up Disease');
  });

  it('leaves a listed heading of four words as it is', () => {
    expect(everydayName({ id: 'D054198', term: 'Leukemia of four words' })).toBe('Leukemia of four words');
    expect(everydayName({ id: 'D054198', term: 'Leukemia named by five words' })).toBe(
      'Acute lymphoblastic leukemia',
    );
  });
});

describe('all names of a condition', () => {
  it('are each there once, the everyday one first, abbreviations last', () => {
    expect(
      writtenNames({ conceptId: 'D009103', name: 'Multiple Sclerosis', term: 'Multiple Sclerosis' }),
    ).toEqual(['Multiple Sclerosis', 'disseminated sclerosis', 'MS']);
    const lung = writtenNames({ conceptId: 'D008175', name: 'Lung cancer', term: 'Lung Neoplasms' });
    expect(lung.slice(0, 3)).toEqual(['Lung cancer', 'Lung Neoplasms', 'pulmonary cancer']);
    expect(lung).not.toContain('lung cancer');
  });

  it('are name and heading where none are listed', () => {
    expect(writtenNames({ conceptId: 'X1', name: 'Odd knees', term: 'Knees, Peculiar' })).toEqual([
      'Odd knees',
      'Peculiar Knees',
    ]);
  });
});

describe('conditions without a store', () => {
  it('are those of the list, the wide ones and traits, and those of recorded records', () => {
    const slugs = conditions.map(({ slug }) => slug);
    for (const slug of ['asthma', 'heart-diseases', 'rare-diseases', 'elbow-tendinopathy'])
      expect(slugs).toContain(slug);
  });
});

describe('conditions of the store', () => {
  const stored = (...pairs: [string, string][]) =>
    nameConditions(
      pairs.map(([id, term]) => ({ id, term })),
      new Map(),
    ).filter(({ conceptId }) => pairs.some(([id]) => id === conceptId));
  const slugs = (...pairs: [string, string][]) =>
    Object.fromEntries(stored(...pairs).map(({ conceptId, slug }) => [conceptId, slug]));

  it('keep the heading that was known first, and have the trials counted for them', () => {
    const counts = new Map([['D001249', 7]]);
    const named = nameConditions(
      [
        { id: 'D000001249', term: 'Asthma by another name' },
        { id: 'C999999', term: 'Peculiar Knees' },
      ],
      counts,
    );
    expect(named.filter(({ conceptId }) => conceptId === 'D001249')).toEqual([
      { conceptId: 'D001249', term: 'Asthma', name: 'Asthma', slug: 'asthma', kind: 'disease', count: 7 },
    ]);
    expect(named.find(({ conceptId }) => conceptId === 'C999999')).toEqual({
      conceptId: 'C999999',
      term: 'Peculiar Knees',
      name: 'Peculiar Knees',
      slug: 'peculiar-knees',
      kind: 'disease',
      count: 0,
    });
    expect(named.length).toBe(conditions.length + 1);
    expect(conditions.find(({ conceptId }) => conceptId === 'D009369')?.kind).toBe('umbrella');
    expect(conditions.find(({ conceptId }) => conceptId === 'D012008')?.kind).toBe('attribute');
  });

  it('of one name: a descriptor keeps the plain address before a supplement, an older id before a newer', () => {
    expect(slugs(['C1', 'Odd Knees'], ['D999992', 'Odd Knees'])).toEqual({
      D999992: 'odd-knees',
      C1: 'odd-knees-c1',
    });
    expect(slugs(['D9999991', 'Odd Knees'], ['D999992', 'Odd Knees'], ['D999991', 'Odd Knees'])).toEqual({
      D999991: 'odd-knees',
      D999992: 'odd-knees-d999992',
      D9999991: 'odd-knees-d9999991',
    });
    expect(slugs(['C22', 'Odd Knees'], ['C3', 'Odd Knees'])).toEqual({
      C3: 'odd-knees',
      C22: 'odd-knees-c22',
    });
  });

  it('without a letter in their name go by their id', () => {
    expect(slugs(['C5', '???'], ['C6', '!!!'])).toEqual({ C5: 'c5', C6: 'c6' });
  });
});

describe('the address of a condition', () => {
  it.each([
    ['Leukemia, Myeloid, Acute', 'acute-myeloid-leukemia'],
    ['Sjögren’s Syndrome', 'sjogrens-syndrome'],
    ["Behçet's (Rare) Syndrome!", 'behcets-rare-syndrome'],
    ['(Odd)  Knees?', 'odd-knees'],
    ['β-Thalassemia Type 2', 'β-thalassemia-type-2'],
    ['???', ''],
  ])('%s is %s', (name, slug) => {
    expect(slugOf(name)).toBe(slug);
  });

  it('of words has eighty letters at most, and some', () => {
    const eighty = `${'x'.repeat(39)} ${'y'.repeat(40)}`;
    expect(slugOfWords('Odd Knees')).toBe('words-odd-knee');
    expect(slugOfWords('Very odd Knees')).toBe('words-very-odd-knee');
    expect(slugOfWords(eighty)).toBe(`words-${eighty.replace(' ', '-')}`);
    expect(slugOfWords(`${eighty}z`)).toBeNull();
    expect(slugOfWords('?!')).toBeNull();
    expect(wordsOfSlug(`words-${eighty.replace(' ', '-')}`)).toBe(eighty);
    expect(wordsOfSlug('words-very-odd-knee')).toBe('very odd knee');
    expect(wordsOfSlug('very-odd-knee')).toBeNull();
    expect(wordsOfSlug('swords-odd-knee')).toBeNull();
  });

  it.each([
    ['GLUT1s deficiency', 'glut 1 deficiency'],
    ['ABC2s', 'abc 2'],
    ['melanomatas', 'melanoma'],
    ['palaoesthesia', 'palesthesia'],
    ['nonsmoker2', 'non smoker 2'],
    ['ŉ', 'n'],
  ])('of words leads back to them, however often they are folded: %s', (typed, words) => {
    expect(wordsOfSlug(slugOfWords(typed) ?? '')).toBe(words);
  });

  it('of words that somebody mistyped or spelled otherwise leads to the right one', () => {
    expect(mendSlugOfWords('words-Odd-Knees')).toBe('words-odd-knee');
    expect(mendSlugOfWords('words-very--odd-knee')).toBe('words-very-odd-knee');
    expect(mendSlugOfWords('words-odd-knee')).toBe('words-odd-knee');
    expect(mendSlugOfWords('words-')).toBeNull();
    expect(mendSlugOfWords('odd-knee')).toBeNull();
    expect(mendSlugOfWords('asthma')).toBeNull();
  });
});

describe('names found while typing', () => {
  const condition = (name: string, count: number, kind: NamedCondition['kind'] = 'disease') => ({
    conceptId: `X ${name}`,
    term: name,
    name,
    slug: '',
    kind,
    count,
  });
  const found = (typed: string, given: NamedCondition[], atMost = 10) =>
    searchNames(openNameSearch(given), typed, atMost).map(({ condition: { name } }) => name);

  it('stand whole name first, then most trials, then beginning before middle, then the shorter', () => {
    const given = [
      condition('Big knee pain', 5),
      condition('Knee pain', 5),
      condition('Knee ache', 9),
      condition('Knee', 0),
      condition('Small knee', 5),
      condition('Knee pains of old', 5),
    ];
    expect(found('knee', given)).toEqual([
      'Knee',
      'Knee ache',
      'Knee pain',
      'Knee pains of old',
      'Small knee',
      'Big knee pain',
    ]);
    expect(found('knee', given.toReversed())).toEqual(found('knee', given));
    expect(found('knee', given, 2)).toEqual(['Knee', 'Knee ache']);
  });

  it('begin with the typed text, or have a word that does; an empty text finds nothing', () => {
    const given = [condition('Odd knee', 1), condition('Elbow', 1)];
    expect(found('kne', given)).toEqual(['Odd knee']);
    expect(found('KNEES', given)).toEqual(['Odd knee']);
    expect(found('nee', given)).toEqual([]);
    expect(found('', given)).toEqual([]);
    expect(found('?', given)).toEqual([]);
  });

  it('M1c: are never attributes', () => {
    expect(found('again', [condition('Again', 9, 'attribute'), condition('Again and again', 1)])).toEqual([
      'Again and again',
    ]);
    expect(found('again', [condition('Again', 9, 'umbrella')])).toEqual(['Again']);
  });

  it('show the first name that fits, but rank by the best', () => {
    const given = [
      { ...condition('Knee and elbow', 1), term: 'Knee' },
      condition('Knee trouble', 8),
      { ...condition('Sore knee', 9), term: 'Knee soreness' },
    ];
    const shown = searchNames(openNameSearch(given), 'knee', 10).map(({ written }) => written);
    expect(shown).toEqual(['Knee and elbow', 'Sore knee', 'Knee trouble']);
  });

  it('are known whole, the first of two by the same name', () => {
    const [first, second] = [condition('Odd Knees', 1), condition('odd knee', 9)];
    const { byName, entries } = openNameSearch([first, second]);
    expect(byName.get('odd knee')).toBe(first);
    expect(entries.map(({ folded, written }) => [folded, written])).toEqual([
      ['odd knee', 'Odd Knees'],
      ['odd knee', 'odd knee'],
    ]);
  });
});
