import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  everydayName,
  findSpelling,
  nameConditions,
  slugOf,
  slugOfWords,
  wordsOfSlug,
} from '../../../src/core/matching/condition-names.ts';
import { openNameSearch, searchNames } from '../../../src/core/matching/name-search.ts';
import { foldName } from '../../../src/core/text/folding.ts';

const conditions = nameConditions([], new Map([['D001249', 40]]));

describe('the spelling of words', () => {
  it('is the one that most texts have', () => {
    const texts = ['Ehlers Danlos', 'Pain in Ehlers-Danlos, hypermobile', 'Fatigue (Ehlers-Danlos)', 'BRCA1'];
    expect(findSpelling(texts, foldName('Ehlers Danlos'))).toBe('Ehlers-Danlos');
    expect(findSpelling(['A study of BRCA1 carriers'], foldName('BRCA1'))).toBe('BRCA1');
    expect(findSpelling(texts, 'asthma')).toBeNull();
  });
});

describe('the address of a condition', () => {
  it('is one of its own, lower case, of letters, digits and hyphens', () => {
    const slugs = conditions.map(({ slug }) => slug);
    expect(new Set(slugs).size).toBe(slugs.length);
    for (const slug of slugs) expect(slug).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(slugs).toContain('acute-myeloid-leukemia');
    expect(slugs).toContain('sjogrens-syndrome');
  });

  it('stays when the store learns of more, of the same name even', () => {
    const more = nameConditions(
      [
        { id: 'C000001', term: 'Asthma' },
        { id: 'D999999', term: 'ASTHMA' },
        { id: 'D001249', term: 'Asthma, renamed' },
        { id: 'C000002', term: '???' },
      ],
      new Map(),
    );
    const slugs = new Map(more.map(({ conceptId, slug }) => [conceptId, slug]));
    for (const { conceptId, slug } of conditions) expect(slugs.get(conceptId)).toBe(slug);
    expect(slugs.get('D999999')).toBe('asthma-d999999');
    expect(slugs.get('C000001')).toBe('asthma-c000001');
    expect(slugs.get('C000002')).toBe('c000002');
    expect(new Set(slugs.values()).size).toBe(more.length);
  });

  /** Any words lead to one address, which leads back to words that mean the same. */
  const leadsBack = (slug: (words: string) => string | null) => (typed: string) => {
    const made = slug(typed);
    if (made === null) return foldName(typed) === '' || foldName(typed).length > 80;
    const words = wordsOfSlug(made);
    return words !== null && words === foldName(typed);
  };
  const typed = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc
      .array(
        fc.constantFrom(
          'GLUT1',
          'deficiency',
          'Sjögren’s',
          'β-thalassaemia',
          'non-small',
          ',',
          'type II',
          '-',
          '100%',
        ),
        {
          maxLength: 6,
        },
      )
      .map((words) => words.join(' ')),
  );

  it('of words leads back to them, and a careless one would not', () => {
    fc.assert(fc.property(typed, leadsBack(slugOfWords)), { numRuns: 2_000 });
    const careless = (words: string) => `words-${words.toLowerCase().replaceAll(' ', '-')}`;
    expect(() => fc.assert(fc.property(typed, leadsBack(careless)), { numRuns: 2_000 })).toThrow();
  });

  it('is refused where it is not the one that words lead to', () => {
    for (const slug of ['words-', 'words', 'words-Asthma', 'words-a--b', 'asthma', `words-${'x'.repeat(90)}`])
      expect([slug, wordsOfSlug(slug)]).toEqual([slug, null]);
    expect(wordsOfSlug('words-glut-1-deficiency')).toBe('glut 1 deficiency');
  });

  it('has nothing but hyphens between letters', () => {
    expect(slugOf('Leukemia, Myeloid, Acute')).toBe('acute-myeloid-leukemia');
    expect(slugOf("Behçet's Syndrome (rare)")).toBe('behcets-syndrome-rare');
  });
});

describe('the name of a condition', () => {
  it('is the everyday one where the heading is for librarians', () => {
    const names = new Map(conditions.map(({ conceptId, name }) => [conceptId, name]));
    expect(names.get('D008175')).toBe('Lung cancer');
    expect(names.get('D054198')).toBe('Acute lymphoblastic leukemia');
    expect(names.get('D009369')).toBe('Cancer');
    expect(names.get('D021183')).toBe('Peanut allergy');
    expect(names.get('D001249')).toBe('Asthma');
    expect(everydayName({ id: 'C1', term: 'Made-up Disease, Rare' })).toBe('Rare Made-up Disease');
  });
});

describe('suggestions while typing', () => {
  const search = openNameSearch(conditions);
  const found = (text: string) => searchNames(search, text, 8).map(({ condition }) => condition.name);

  it('begin where a name or one of its words begins', () => {
    expect(found('asth')[0]).toBe('Asthma');
    expect(found('lung ca')).toContain('Lung cancer');
    expect(found('cancer')).toContain('Cancer');
    expect(found('thma')).toEqual([]);
    expect(found('MS')).toContain('Multiple Sclerosis');
  });

  it('are found by other names and shown with the one that fits, in any case and spelling', () => {
    expect(searchNames(search, 'HEART ATT', 1)[0]).toMatchObject({
      condition: { conceptId: 'D009203' },
      written: 'heart attack',
    });
    expect(searchNames(search, 'cáncer de mama', 1)[0]?.condition.name).toBe('Breast cancer');
    expect(
      searchNames(search, 'cancer', 20).find(({ condition }) => condition.conceptId === 'D008175')?.written,
    ).toBe('Lung cancer');
  });

  it('put a whole name first, then what most trials are about', () => {
    expect(found('leukemia')[0]).toBe('Leukemia');
    const counted = openNameSearch(
      nameConditions(
        [],
        new Map([
          ['D006509', 2],
          ['D006526', 9],
        ]),
      ),
    );
    expect(searchNames(counted, 'hepatitis', 2).map(({ condition }) => condition.count)).toEqual([9, 2]);
  });

  it('M1c: never offer an attribute', () => {
    expect(found('recurrence')).toEqual([]);
  });
});
