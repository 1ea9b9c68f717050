import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numberKey } from '../../../src/core/links/registry-numbers.ts';
import { looksLikeNumber } from '../../../src/core/subscriptions/trial-numbers.ts';
import { readTyped } from '../../../src/core/subscriptions/typed-text.ts';
import { findEuNumbers } from '../../../src/registries/ctis/eu-numbers.ts';
import { findIdsOf } from '../../../src/registries/registry.ts';

const findIds = (text: string) => findIdsOf('ctgov', text).map((id) => ({ registry: 'ctgov', id }));
const read = (text: string) => {
  const { trials, others, wrong, words, loose } = readTyped(text, findIds);
  return {
    trials: trials.map(({ id }) => id),
    others: others.map(({ register }) => register),
    wrong,
    words,
    loose,
  };
};
const nothing = { trials: [], others: [], wrong: [], words: [], loose: [] };
const [one, two] = ['NCT09900001', 'NCT09900002'];

describe('a typed text', () => {
  it('M4: names every trial in it, and the words beside them', () => {
    const cases: [string, Partial<ReturnType<typeof read>>][] = [
      [`${one}, ${two}`, { trials: [one, two] }],
      [`${one} ${two} ${one}`, { trials: [one, two] }],
      ['nct 0990 0001 and NCT-0990-0002', { trials: [one, two] }],
      [`${one}/${two}`, { trials: [one, two] }],
      [`asthma ${one}`, { trials: [one], words: ['asthma'] }],
      [`${one}; lung cancer, "alpha gal"`, { trials: [one], words: ['lung cancer', '"alpha gal"'] }],
      [`my trial is ${one}, please`, { trials: [one] }],
      [`my doctor spoke of ${one}, I think`, { trials: [one], loose: ['doctor spoke'] }],
      [`${one}: A Study of Blorb in Adults`, { trials: [one], loose: ['Blorb in Adults'] }],
      [`https://clinicaltrials.gov/study/${one}?cond=asthma&rank=1`, { trials: [one] }],
      ['Leukemia, Myeloid, Acute', { words: ['Leukemia, Myeloid, Acute'] }],
      ['  ', {}],
    ];
    for (const [text, expected] of cases)
      expect([text, read(text)]).toEqual([text, { ...nothing, ...expected }]);
    expect(() => expect(findIds(`${one}, ${two}`).slice(0, 1)).toHaveLength(2)).toThrow();
  });

  it('M4: full-width letters and digits are the plain ones', () => {
    expect(read('ＮＣＴ０９９００００１、肺がん').trials).toEqual([one]);
    expect(read('NCT０９９０ ０００１').trials).toEqual([one]);
    expect(read('２０２２－５００１２３－４５－００').others).toEqual(['ctis']);
  });

  it('M4: knows the numbers of other registers by their form, with any dash or blank', () => {
    const cases: [string, string][] = [
      ['2022-500123-45-00', 'ctis'],
      ['EU CT 2022–500123–45–00', 'ctis'],
      ['2022 500123 45 00', 'ctis'],
      ['2022-500123-45', 'ctis'],
      ['EudraCT: 2010-012345-67', 'eudract'],
      ['2010\u2212012345\u221267', 'eudract'],
      ['https://www.isrctn.com/ISRCTN12345678', 'isrctn'],
      ['isrctn 12345678', 'isrctn'],
      ['DRKS00012345', 'drks'],
      ['jRCT2031200001', 'jrct'],
      ['jRCTs031180001', 'jrct'],
      ['JapicCTI-152849', 'japic'],
      ['UMIN000012345', 'umin'],
      ['U1111-1300-8493', 'utn'],
      ['ACTRN12605000000000', 'anzctr'],
      ['ChiCTR-IPR-15006000', 'chictr'],
      ['ChiCTR2000030000', 'chictr'],
      ['CTRI/2016/12/007532', 'ctri'],
      ['IRCT20180219038778N1', 'irct'],
      ['PACTR202001234567890', 'pactr'],
      ['KCT0001234', 'cris'],
      ['TCTR20200101001', 'tctr'],
      ['RBR-6g9f7k', 'rebec'],
      ['SLCTR/2020/001', 'slctr'],
      ['RPCEC00000123', 'rpcec'],
      ['PER-010-20', 'repec'],
      ['LBCTR2019030200', 'lbctr'],
      ['NTR1234', 'ntr'],
      ['NL-OMON20001', 'ntr'],
      ['EUCTR2004-000446-20-DE', 'eudract'],
      ['EUCTR2004-000446-20', 'eudract'],
      ['CTIS2022-500123-45-00', 'ctis'],
      ['JPRN-UMIN000012345', 'umin'],
      ['JPRN-jRCTs031180001', 'jrct'],
    ];
    for (const [text, register] of cases)
      expect([text, read(text)]).toEqual([text, { ...nothing, others: [register] }]);
    expect(read(`${one} 2022-500123-45-00 asthma`)).toEqual({
      ...nothing,
      trials: [one],
      others: ['ctis'],
      words: ['asthma'],
    });
    for (const text of ['covid 19', 'type 2 diabetes', 'BRCA1', '2022', 'trisomy 21'])
      expect(read(text)).toEqual({ ...nothing, words: [text] });
  });

  it('X9: every block of an EU number belongs to it, and what follows it does not', () => {
    const eu = (text: string) => findEuNumbers(text).map((id) => ({ registry: 'ctis', id }));
    for (const [text, id, words] of [
      ['2022 500123 45 00', '2022-500123-45-00', []],
      ['EU CT 2022 - 500123 - 45 - 01', '2022-500123-45-01', []],
      ['2022 500123 45 asthma', '2022-500123-45', ['asthma']],
      ['2022-500123-45-00 asthma', '2022-500123-45-00', ['asthma']],
    ] as const) {
      const { trials, words: rest } = readTyped(text, eu);
      expect([text, trials.map((trial) => trial.id), rest]).toEqual([text, [id], [...words]]);
    }
  });

  it('M4: a number with too few or too many digits is no condition', () => {
    for (const text of ['NCT0990001', 'NCT 099000012', 'nct123'])
      expect(read(text)).toEqual({ ...nothing, wrong: [text] });
  });

  it('M4: one number has one key, however it is written', () => {
    expect(
      new Set(['2022-500123-45-00', '2022 500123 45', '２０２２-500123-45-01'].map(numberKey)).size,
    ).toBe(1);
    const [first] = readTyped('EUCTR2004-000446-20-DE', findIds).others;
    expect(first).toEqual({ register: 'eudract', number: '2004-000446-20' });
    expect(numberKey('2010-012345-67')).not.toBe(numberKey('2010-012345-68'));
    expect(numberKey('ca 209–9er')).toBe(numberKey('CA209-9ER'));
    expect(['MK-3475-A18', 'D5330C00004', '61186372COR3001'].every(looksLikeNumber)).toBe(true);
    expect(['BRCA1', 'lung cancer', 'asthma since 2021'].some(looksLikeNumber)).toBe(false);
  });

  it('C16: any text is read in one walk and loses no number', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        const { trials } = readTyped(`${text} , ${one}`, findIds);
        expect(trials.map(({ id }) => id)).toContain(one);
      }),
    );
    for (const text of [
      `NCT${'1'.repeat(5_000)}x`,
      `2022${' '.repeat(5_000)}`.repeat(3),
      '2022-'.repeat(3_000),
    ])
      expect(read(text).trials).toEqual([]);
    expect(read(`${one} ${'a '.repeat(5_000)}`).trials).toEqual([one]);
  });
});
