import { describe, expect, it } from 'vitest';
import { kindOfConcept } from '../../../src/core/matching/concepts-kinds.ts';
import {
  type KnownToStore,
  phrasesOfConcept,
  type Resolution,
  resolveCondition,
} from '../../../src/core/matching/conditions.ts';
import { findCondition, knownConditions } from '../../../src/core/matching/synonyms.ts';
import { tumorVariants } from '../../../src/core/matching/tumors.ts';
import { foldName, isShortAbbreviation } from '../../../src/core/text/folding.ts';
import { makeTrial } from '../../support/matching.ts';

type Resolve = typeof resolveCondition;
const empty: KnownToStore = { concepts: [] };

/** Broken: believes that the store's headings are spelled as people type. */
const resolveLiterally: Resolve = (typed, known) => {
  const found = known.concepts.find(({ term }) => term === typed);
  return found
    ? { kind: 'concept', conceptId: found.id, term: found.term, phrases: [typed] }
    : { kind: 'unknown' };
};

function prove(check: (resolve: Resolve) => void, broken: Resolve = resolveLiterally): void {
  check(resolveCondition);
  expect(() => check(broken)).toThrow();
}

const idOf = (resolved: Resolution) => ('conceptId' in resolved ? resolved.conceptId : resolved.kind);

describe('resolving typed words', () => {
  it('M1d: everyday words, headings in either order, other spellings and Spanish find the heading', () => {
    const cases: [string, string][] = [
      ['Asthma', 'D001249'],
      ['  LUNG   CANCER ', 'D008175'],
      ['Lung Neoplasms', 'D008175'],
      ['cancer of the lungs', 'D008175'],
      ['pulmonary carcinoma', 'D008175'],
      ['heart attack', 'D009203'],
      ['leucemia', 'D007938'],
      ['cáncer de mama', 'D001943'],
      ['Leukemia, Myeloid, Acute', 'D015470'],
      ['acute myeloid leukaemia', 'D015470'],
      ["Parkinson's", 'D010300'],
      ['High blood pressure', 'D006973'],
      ['Lou Gehrig’s disease', 'D000690'],
      ['COPD', 'D029424'],
      ['covid', 'D000086382'],
      ['lupus', 'D008180'],
      ['type II diabetes', 'D003924'],
      ['long covid', 'D000094024'],
      ['HIV/AIDS', 'D015658'],
      ['blood cancer', 'D019337'],
    ];
    prove((resolve) => {
      for (const [typed, id] of cases) expect(idOf(resolve(typed, empty)), typed).toBe(id);
    });
  });

  it('M1d: a heading of the store is found by its words in any order and form', () => {
    const known = { concepts: [{ id: 'D000011014', term: 'Carcinoma, Merkel Cell', count: 3 }] };
    prove((resolve) => {
      for (const typed of ['merkel cell carcinoma', 'Merkel-cell cancer', 'MERKEL CELL TUMOUR'])
        expect(resolve(typed, known), typed).toMatchObject({ kind: 'concept', conceptId: 'D011014' });
    });
  });

  it('M1: stores the typed words, the heading in both orders and its synonyms, no short abbreviation', () => {
    const resolved = resolveCondition('Pulmonary  cancer', empty);
    if (resolved.kind !== 'concept') throw new Error(resolved.kind);
    expect(resolved.phrases[0]).toBe('Pulmonary cancer');
    expect(resolved.phrases).toEqual(expect.arrayContaining(['Lung Neoplasms', 'lung carcinoma', 'NSCLC']));
    const acute = phrasesOfConcept({ id: 'D015470', term: 'Leukemia, Myeloid, Acute' }, 'AML');
    expect(acute).toEqual(expect.arrayContaining(['Acute Myeloid Leukemia', 'Leukemia, Myeloid, Acute']));
    for (const condition of knownConditions)
      for (const phrase of phrasesOfConcept(condition, condition.term))
        expect(isShortAbbreviation(foldName(phrase)), phrase).toBe(false);
  });

  it('M1b: a short abbreviation is never taken for granted: the person chooses', () => {
    prove(
      (resolve) => {
        expect(resolve('MS', empty)).toEqual({
          kind: 'choose',
          suggestions: [{ conceptId: 'D009103', term: 'Multiple Sclerosis', share: 0 }],
          literal: false,
          phrases: [],
        });
        expect(resolve('ALL', empty).kind).toBe('choose');
        const answer = { trials: [makeTrial({ conditions: ['XYZ'], title: 'XYZ' })] };
        expect(resolve('XYZ', { concepts: [], answer }).kind).toBe('unknown');
      },
      (typed) => ({ kind: 'literal', phrases: [typed] }),
    );
  });

  it('M1c: umbrella headings ask for a narrower one', () => {
    prove((resolve) => {
      for (const typed of ['Neoplasms', 'Immune System Diseases', 'infections', 'skin diseases']) {
        const resolved = resolve(typed, { concepts: [{ id: 'D008545', term: 'Melanoma', count: 40 }] });
        expect(resolved.kind, typed).toBe('umbrella');
        if (resolved.kind === 'umbrella') expect(resolved.suggestions.length, typed).toBeGreaterThan(2);
      }
      const cancer = resolve('Neoplasms', { concepts: [{ id: 'D008545', term: 'Melanoma', count: 40 }] });
      expect(cancer).toMatchObject({
        suggestions: [{ conceptId: 'D008545', term: 'Melanoma' }, {}, {}, {}, {}, {}],
      });
    });
  });

  it('M1c: "cancer", "tumours" and "infection" are the umbrellas themselves', () => {
    prove((resolve) => {
      for (const [typed, id] of [
        ['cancer', 'D009369'],
        ['tumours', 'D009369'],
        ['infection', 'D007239'],
        ['heart disease', 'D006331'],
      ] as const)
        expect(resolve(typed, empty), typed).toMatchObject({ kind: 'umbrella', conceptId: id });
    });
  });

  it('M1c: attributes cannot be followed', () => {
    prove((resolve) => {
      const known = { concepts: [{ id: 'D013577', term: 'Syndrome', count: 9 }] };
      for (const typed of [
        'Recurrence',
        'chronic disease',
        'Neoplasm Metastasis',
        'metastatic cancer',
        'relapse',
      ])
        expect(resolve(typed, known).kind, typed).toBe('attribute');
    });
    expect(kindOfConcept('D000012008')).toBe('attribute');
  });

  it('M2: unknown words are answered with the headings that the registry’s answer carries', () => {
    const african = makeTrial({
      conditions: ['Sleeping sickness', 'Human African Trypanosomiasis'],
      meshes: ['D014353 Trypanosomiasis, African', 'D012008 Recurrence'],
      ancestors: ['D010272 Parasitic Diseases'],
    });
    const other = makeTrial({ conditions: ['Encephalitis'], meshes: ['D004660 Encephalitis'] });
    prove((resolve) => {
      expect(resolve('sleeping sickness', empty).kind).toBe('unknown');
      expect(
        resolve('sleeping sickness', {
          concepts: [],
          answer: { trials: [african, african, african, other] },
        }),
      ).toEqual({
        kind: 'choose',
        suggestions: [
          { conceptId: 'D014353', term: 'Trypanosomiasis, African', share: 0.75 },
          { conceptId: 'D004660', term: 'Encephalitis', share: 0.25 },
        ],
        literal: true,
        phrases: ['sleeping sickness'],
      });
      const silent = resolve('nagana', { concepts: [], answer: { trials: [african] } });
      expect(silent).toMatchObject({ kind: 'choose', literal: false, phrases: [] });
    });
  });

  it('M2: a heading named within the words is offered first, with its share of the answer', () => {
    const trial = makeTrial({ conditions: ['Lung Cancer'], meshes: ['D008175 Lung Neoplasms'] });
    const both = makeTrial({
      conditions: ['Stage IV Cancer'],
      meshes: ['D008545 Melanoma', 'D008175 Lung Neoplasms'],
    });
    prove((resolve) => {
      expect(resolve('stage 4 lung cancer', empty)).toMatchObject({
        kind: 'choose',
        suggestions: [{ conceptId: 'D008175', term: 'Lung Neoplasms', share: 0 }],
        literal: false,
      });
      const asked = resolve('asthma and lung cancer', { concepts: [], answer: { trials: [trial, both] } });
      expect(asked).toMatchObject({
        suggestions: [
          { conceptId: 'D001249', share: 0 },
          { conceptId: 'D008175', share: 1 },
          { conceptId: 'D008545', share: 0.5 },
        ],
      });
    });
  });

  it('M1b, M2: a heading that nothing in a trial speaks of is not offered, and what stands beside the words is no meaning of them', () => {
    const drug = makeTrial({
      title: 'Blorbatinib in advanced breast cancer',
      conditions: ['Breast Cancer', 'Fatigue'],
      meshes: [
        'D001943 Breast Neoplasms',
        'D005221 Fatigue',
        'C565324 Autosomal Dominant Lewy Body Parkinson Disease 4',
      ],
    });
    prove(
      (resolve) => {
        const resolved = resolve('blorbatinib', { concepts: [], answer: { trials: [drug, drug] } });
        expect(resolved).toEqual({
          kind: 'choose',
          suggestions: [
            { conceptId: 'D001943', term: 'Breast Neoplasms', share: 1, beside: true },
            { conceptId: 'D005221', term: 'Fatigue', share: 1, beside: true },
          ],
          literal: true,
          phrases: ['blorbatinib'],
        });
      },
      (typed, { answer }) => ({
        kind: 'choose',
        suggestions: (answer?.trials ?? []).flatMap(({ meshes }) =>
          meshes.map(({ id, term }) => ({ conceptId: id, term, share: 1 })),
        ),
        literal: true,
        phrases: [typed],
      }),
    );
  });

  it('M1d: what registrants call a heading in the registry’s answer becomes its synonym, when twice', () => {
    const name = (condition: string, ...more: string[]) =>
      makeTrial({ conditions: [condition, ...more], meshes: ['D014353 Trypanosomiasis, African'] });
    const answer = [
      name('Sleeping Sickness'),
      name('HAT - sleeping sickness stage 2'),
      name('Nagana-like illness'),
      name('Nagana-Like Illness'),
      name('Fatigue', 'Fever'),
      name('Fatigue', 'Fever'),
      name('Asthma'),
      name('Asthma'),
    ];
    const check = (phrases: typeof phrasesOfConcept) =>
      expect(phrases({ id: 'D014353', term: 'Trypanosomiasis, African' }, 'tsetse disease', answer)).toEqual([
        'tsetse disease',
        'African Trypanosomiasis',
        'Nagana-like illness',
        'Trypanosomiasis, African',
      ]);
    check(phrasesOfConcept);
    expect(() => check((_, __, trials) => (trials ?? []).flatMap(({ conditions }) => conditions))).toThrow();
  });

  it('M2: a heading that was offered is understood when it is typed', () => {
    const trial = makeTrial({
      conditions: ['Sleeping sickness'],
      meshes: ['D014353 Trypanosomiasis, African'],
      ancestors: ['D014352 Trypanosomiasis'],
    });
    prove((resolve) => {
      const answer = { trials: [trial] };
      const offered = resolve('sleeping sickness', { concepts: [], answer });
      if (offered.kind !== 'choose') throw new Error(offered.kind);
      for (const { conceptId, term } of offered.suggestions)
        expect(resolve(term, { concepts: [], answer })).toMatchObject({ kind: 'concept', conceptId });
      expect(resolve('trypanosomiasis', { concepts: [], answer })).toMatchObject({ conceptId: 'D014352' });
    });
  });

  it('M2: words that stand in the answer and have no heading are a literal term', () => {
    prove((resolve) => {
      const answer = { trials: [makeTrial({ conditions: ['Alpha-Gal Syndrome'] }), makeTrial({})] };
      expect(resolve('alpha gal syndrome', { concepts: [], answer })).toEqual({
        kind: 'literal',
        phrases: ['alpha gal syndrome'],
      });
    });
  });

  it('M2: mistyped words are answered with headings spelled alike', () => {
    prove((resolve) => {
      for (const [typed, id] of [
        ['astma', 'D001249'],
        ['luekemia', 'D007938'],
        ['brest cancer', 'D001943'],
        ['alzhiemers disease', 'D000544'],
        ['scizophrenia', 'D012559'],
      ] as const)
        expect(resolve(typed, empty), typed).toMatchObject({
          kind: 'choose',
          literal: false,
          suggestions: expect.arrayContaining([expect.objectContaining({ conceptId: id })]),
        });
    });
  });

  it('M2: another word is no slip', () => {
    const broken: Resolve = (typed, known) => resolveCondition(typed.replace('bone', 'bowe'), known);
    prove((resolve) => {
      for (const typed of ['bone cancer', 'scabies', 'chilblains'])
        expect(resolve(typed, empty).kind, typed).toBe('unknown');
    }, broken);
  });

  it('M2: nonsense, blanks and hostile text are unknown', () => {
    for (const typed of [
      '',
      '   ',
      '…',
      'qwertzuiopü',
      '<script>alert(1)</script>',
      'AREA[X]MISSING',
      'x'.repeat(10_000),
    ])
      expect(resolveCondition(typed, empty), typed.slice(0, 20)).toEqual({ kind: 'unknown' });
  });

  it('M4: an NCT number is no condition: it is left to the registry', () => {
    for (const typed of ['NCT05603494', 'nct 05603494', 'https://clinicaltrials.gov/study/NCT05603494'])
      expect(resolveCondition(typed, empty)).toEqual({ kind: 'unknown' });
  });
});

describe('the committed list', () => {
  it('M1d: names one heading each, once, and every name leads to it or to a heading of the same name', () => {
    expect(new Set(knownConditions.map(({ id }) => id)).size).toBe(knownConditions.length);
    for (const { id, term } of knownConditions) {
      expect(id).toMatch(/^[DC]\d{6,9}$/);
      expect(findCondition(term)?.id, term).toBe(id);
      expect(kindOfConcept(id), term).toBe('disease');
    }
  });

  it('M1d: no two headings claim the same written name', () => {
    const owner = new Map<string, string>();
    for (const { id, term, names } of knownConditions)
      for (const name of new Set([term, ...Object.values(names ?? {}).flat()].map(foldName))) {
        expect(owner.get(name) ?? id, name).toBe(id);
        owner.set(name, id);
      }
  });

  it('M1d: tumour words are swapped around the organ, in both its forms', () => {
    expect(tumorVariants('renal cancer')).toEqual(
      expect.arrayContaining([
        'kidney carcinoma',
        'renal tumor',
        'neoplasm of kidney',
        'kidney adenocarcinoma',
      ]),
    );
    expect(tumorVariants('cancer')).toEqual([]);
    expect(tumorVariants('asthma')).toEqual([]);
  });
});
