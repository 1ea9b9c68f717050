import { describe, expect, it } from 'vitest';
import { conceptsAbove, conceptsBeneath } from '../../../src/core/matching/concepts-above.ts';
import { canonicalConceptId, kindOfConcept } from '../../../src/core/matching/concepts-kinds.ts';
import { judgeConcepts } from '../../../src/core/matching/concepts-weak.ts';
import {
  type KnownToStore,
  phrasesOfConcept,
  resolveCondition,
} from '../../../src/core/matching/conditions.ts';
import {
  findByAbbreviation,
  findCondition,
  namesOf,
  narrowerNamesOf,
  writtenNamesOf,
} from '../../../src/core/matching/synonyms.ts';
import { tumorVariants } from '../../../src/core/matching/tumors.ts';
import { makeTrial } from '../../support/matching.ts';

const concept = (id: string, term: string, count = 1) => ({ id, term, count });
const suggested = (typed: string, known: KnownToStore) => {
  const resolved = resolveCondition(typed, known);
  return 'suggestions' in resolved ? resolved.suggestions.map(({ conceptId }) => conceptId) : resolved.kind;
};

describe('M2: slips of the finger', () => {
  it.each<[string, string, boolean]>([
    ['xylo', 'xyla', true],
    ['xyl', 'xyk', false],
    ['xylophon', 'xylaphan', true],
    ['xylopho', 'xylapha', true],
    ['xyloph', 'xylaphu', false],
    ['xylophonitis', 'xalaphanitis', true],
    ['xylophoniti', 'xalaphaniti', false],
    ['xylophon', 'zylophon', true],
    ['xylophon', 'zylaphon', false],
    ['grand xylophon', 'grand xylaphon', true],
    ['xylophon grand', 'xylaphon grand', true],
    ['grand xyl illness', 'grand xyk illness', false],
    ['xylophon illness', 'xylophon', false],
    ['xylophon', 'xylophon b', true],
    ['xylophon', 'xylophon abc', false],
  ])('%j for %j: %s', (typed, term, isOffered) => {
    const found = suggested(typed, { concepts: [concept('D999990', term)] });
    expect(found).toEqual(isOffered ? ['D999990'] : 'unknown');
  });

  it('the nearer word stands first, then the commoner; no attribute, no more than six', () => {
    const many = Array.from({ length: 8 }, (_, n) => concept(`D99998${n}`, `xylophon${'abcdefgh'[n]}`, n));
    expect(suggested('xylophon', { concepts: many })).toEqual([
      'D999987',
      'D999986',
      'D999985',
      'D999984',
      'D999983',
      'D999982',
    ]);
    expect(
      suggested('xylophon', {
        concepts: [concept('D999991', 'xylaphan', 9), concept('D999992', 'xylophan', 1)],
      }),
    ).toEqual(['D999992', 'D999991']);
    expect(suggested('xylophon', { concepts: [concept('D012008', 'xylophan')] })).toBe('unknown');
    expect(
      suggested('xylophon', {
        concepts: [concept('D000000123', 'xylophan'), concept('D000123', 'xylaphan')],
      }),
    ).toEqual(['D000123']);
  });
});

describe('M2: offers from the registry’s answer', () => {
  const trial = (...meshes: string[]) =>
    makeTrial({ conditions: meshes.map((mesh) => mesh.slice(8)), meshes });

  it('headings of a tenth of the trials and more, the commonest first, then by name, six of them', () => {
    const rare = trial('D999981 Rare Illness');
    const common = trial('D999982 Common Illness');
    const known = (trials: ReturnType<typeof trial>[]) => ({ concepts: [], answer: { trials } });
    expect(suggested('whatever', known([rare, ...Array<typeof common>(9).fill(common)]))).toEqual([
      'D999982',
      'D999981',
    ]);
    expect(suggested('whatever', known([rare, ...Array<typeof common>(10).fill(common)]))).toEqual([
      'D999982',
    ]);
    const equal = 'hgfedcba'.split('').map((letter, n) => trial(`D99997${n} ${letter} illness`));
    expect(suggested('whatever', known(equal))).toEqual([
      'D999977',
      'D999976',
      'D999975',
      'D999974',
      'D999973',
      'D999972',
    ]);
    expect(suggested('whatever', known([trial('D012008 Recurrence'), trial('D009369 Neoplasms')]))).toBe(
      'unknown',
    );
  });
});

describe('M1c: headings narrower than an umbrella', () => {
  it('is offered by how many trials the store has, then by the list, topmost headings only', () => {
    const offered = (...concepts: KnownToStore['concepts']) => suggested('cancer', { concepts });
    const plain = offered();
    expect(plain).toHaveLength(6);
    const last = offered(concept('D008545', 'Melanoma', 5));
    expect(last[0]).toBe('D008545');
    expect(
      offered(concept('D000008545', 'Melanoma', 5), concept('D001943', 'Breast Neoplasms', 9)).slice(0, 2),
    ).toEqual(['D001943', 'D008545']);
    for (const id of plain) {
      expect(kindOfConcept(id)).toBe('disease');
      expect(conceptsAbove(id).ids.has('D009369')).toBe(true);
    }
  });
});

describe('M1d: what typed words are understood as', () => {
  it('a heading of the store before one of the same name in the recorded list, the exact one first', () => {
    const known = {
      concepts: [concept('D999991', 'Xylophon Carcinoma'), concept('D999992', 'Xylophon Cancer')],
    };
    expect(resolveCondition('xylophon cancer', known)).toMatchObject({ conceptId: 'D999992' });
    expect(resolveCondition('xylophon tumor', known)).toMatchObject({ conceptId: 'D999991' });
  });

  it('words in the answer that no heading fits may be followed as they are, beside headings offered', () => {
    const trials = [makeTrial({ conditions: ['Xylophon'], meshes: ['D999991 Odd Illness'] })];
    expect(resolveCondition('  xylophon ', { concepts: [], answer: { trials } })).toEqual({
      kind: 'choose',
      suggestions: [{ conceptId: 'D999991', term: 'Odd Illness', share: 1 }],
      literal: true,
      phrases: ['xylophon'],
    });
  });

  it('phrases stand each once, as people write them', () => {
    const phrases = phrasesOfConcept({ id: 'D999991', term: 'Carcinoma, Xylophon' }, ' my   xylophon ');
    expect(phrases.slice(0, 2)).toEqual(['my xylophon', 'Xylophon Carcinoma']);
    expect(phrases).toContain('xylophon tumor');
    expect(phrases.at(-1)).toBe('Carcinoma, Xylophon');
    expect(new Set(phrases).size).toBe(phrases.length);
    expect(phrasesOfConcept({ id: 'D999991', term: 'Odd Illness' }, 'OI')).toEqual(['Odd Illness']);
  });

  it('a name in the answer is a synonym of the one heading it stands alone with, up to six words', () => {
    const named = (condition: string, ...meshes: string[]) =>
      Array.from({ length: 2 }, () => makeTrial({ conditions: [condition], meshes }));
    const answer = [
      ...named('Thing of two headings', 'D999991 Odd Illness', 'D999992 Other Illness'),
      ...named('Thing of another heading', 'D999992 Other Illness'),
      ...named('Thing of six words in all', 'D999991 Odd Illness'),
      ...named('Thing of even seven words in all', 'D999991 Odd Illness'),
    ];
    expect(phrasesOfConcept({ id: 'D999991', term: 'Odd Illness' }, 'what was typed', answer)).toEqual([
      'what was typed',
      'Odd Illness',
      'Thing of six words in all',
    ]);
  });
});

describe('M1b: which codes are trusted', () => {
  const weak = (parts: Parameters<typeof makeTrial>[0]) =>
    judgeConcepts(makeTrial(parts)).weak.map(({ id }) => id);

  it.each<[string, Parameters<typeof makeTrial>[0], string[]]>([
    ['one the conditions name', { conditions: ['Odd Illness'], meshes: ['D999991 Odd Illness'] }, []],
    [
      'one the title names',
      { title: 'Illnesses that are odd: odd illness', meshes: ['D999991 Odd Illness'] },
      [],
    ],
    ['one nothing names', { conditions: ['Gout'], meshes: ['D999991 Odd Illness'] }, []],
    [
      'one only a keyword names',
      { conditions: ['Gout'], keywords: ['odd illness'], meshes: ['D999991 Odd Illness'] },
      ['D999991'],
    ],
    [
      'one a keyword abbreviates',
      { conditions: ['Gout'], keywords: ['treatment, OI'], meshes: ['D999991 Odd Illness'] },
      ['D999991'],
    ],
    [
      'one the title abbreviates',
      { title: 'A study of OI', conditions: ['Gout'], meshes: ['D999991 Odd Illness'] },
      ['D999991'],
    ],
    ['one a condition abbreviates', { conditions: ['OI'], meshes: ['D999991 Odd Illness'] }, []],
    [
      'small words are no initials',
      { conditions: ['Gout'], keywords: ['oh'], meshes: ['D999991 Oddness of the Heart'] },
      ['D999991'],
    ],
    [
      'four initials are no accident',
      { conditions: ['Gout'], keywords: ['oddx'], meshes: ['D999991 Obscure Dark Damp Xylosis'] },
      [],
    ],
    [
      'a word with another ending',
      { conditions: ['Oddities, illnesslike'], meshes: ['D999991 Oddity Illness'] },
      [],
    ],
    [
      'common words are no evidence',
      { conditions: ['Chronic disease'], keywords: ['xylosis'], meshes: ['D999991 Chronic Xylosis Disease'] },
      ['D999991'],
    ],
    [
      'a tumour among tumours',
      { conditions: ['Solid tumors'], keywords: ['xylosis'], meshes: ['D999991 Xylosis Neoplasms'] },
      [],
    ],
    [
      'a tumour where none is spoken of',
      { conditions: ['Gout'], keywords: ['xylosis'], meshes: ['D999991 Xylosis Neoplasms'] },
      ['D999991'],
    ],
  ])('%s', (_name, parts, expected) => {
    expect(weak(parts)).toEqual(expected);
  });

  it('headings above are kept whole while every code is trusted, and none above a doubtful one alone', () => {
    const above = (keywords: string[]) =>
      judgeConcepts(
        makeTrial({
          conditions: ['Gout'],
          keywords,
          meshes: ['D006073 Gout', 'D999991 Odd Illness'],
          ancestors: ['D999992 Strange Illnesses'],
        }),
      ).above.length;
    expect([above([]), above(['odd illness'])]).toEqual([1, 0]);
  });
});

describe('M1: ids and lists of headings', () => {
  it('an id has one spelling, whatever its zeros', () => {
    expect(
      ['D000001943', 'D001943', 'D1943', 'D000086382', 'D0000086382', 'C562730', 'C000562730', 'x'].map(
        canonicalConceptId,
      ),
    ).toEqual(['D001943', 'D001943', 'D001943', 'D000086382', 'D0000086382', 'C562730', 'C000562730', 'x']);
    expect([canonicalConceptId('D65999'), canonicalConceptId('D66000')]).toEqual(['D065999', 'D66000']);
    expect(['D009369', 'D012008', 'D001249', 'D000012008'].map(kindOfConcept)).toEqual([
      'umbrella',
      'attribute',
      'disease',
      'attribute',
    ]);
  });

  it('the headings above and beneath another form the same tree', () => {
    const beneath = conceptsBeneath('D008175');
    expect(beneath.length).toBeGreaterThan(0);
    for (const id of beneath) expect(conceptsAbove(id).ids.has('D008175')).toBe(true);
    expect(conceptsAbove('D000008175')).toEqual(conceptsAbove('D008175'));
    expect(conceptsAbove('D999999')).toEqual({ ids: new Set(), complete: false });
  });

  it('names, abbreviations and narrower things of the list', () => {
    expect(findByAbbreviation('m.s.').length + findByAbbreviation('MS').length).toBeGreaterThan(0);
    expect(findByAbbreviation('asthma')).toEqual([]);
    expect(findCondition('no such thing')).toBeNull();
    expect([narrowerNamesOf('D999999'), writtenNamesOf('D999999')]).toEqual([[], []]);
    expect(namesOf({ id: 'D999999', term: 'Carcinoma, Xylophon' })).toEqual([
      'xylophon carcinoma',
      'xylophon cancer',
      'xylophon neoplasm',
      'xylophon tumor',
      'xylophon malignancy',
    ]);
    expect(tumorVariants('cancer of kidney')).toEqual(tumorVariants('renal tumor'));
    expect(tumorVariants('malignancy in xylophon')).toContain('xylophon cancer');
    expect(tumorVariants('xylophon malignant tumor')).toContain('xylophon cancer');
    expect(tumorVariants('kidney cancer')).toContain('cancer of kidney');
    expect(tumorVariants('kidney cancer')).not.toContain('cancer of renal');
    expect(tumorVariants('cancer centre')).toEqual([]);
  });
});
