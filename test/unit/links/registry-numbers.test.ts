import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numberKey, readNumbers } from '../../../src/core/links/registry-numbers.ts';

const read = (field: string) => readNumbers(field).map(({ register, number }) => `${register} ${number}`);

describe('numbers in identifier fields', () => {
  it('X9: are recognised with any dash, prefix, country or count of submissions', () => {
    const cases: [string, string[]][] = [
      ['2023-509629-36', ['ctis 2023-509629-36']],
      ['2023‑509629‑36‑00', ['ctis 2023-509629-36']],
      ['EU CT Number: 2022 502759 70 01', ['ctis 2022-502759-70']],
      ['CTIS2022-502759-70-01', ['ctis 2022-502759-70']],
      ['EUCT-2022-502759-70-01', ['ctis 2022-502759-70']],
      ['EudraCT No. 2014-002988-16', ['eudract 2014-002988-16']],
      ['EUCTR2004-000446-20-DE', ['eudract 2004-000446-20']],
      ['2004-000446-20-3RD', ['eudract 2004-000446-20']],
      ['CTIS2020-005891-36-00', ['eudract 2020-005891-36']],
      ['NCT-05057013', ['ctgov NCT05057013']],
      ['https://doi.org/10.1186/ISRCTN76463425', ['isrctn ISRCTN76463425']],
      ['DRKS00027098', ['drks DRKS00027098']],
      ['JPRN-jRCTs031180001', ['jrct jRCTs031180001']],
      ['JRCT2031230099', ['jrct jRCT2031230099']],
      ['U1111-1300-8493', ['utn U1111-1300-8493']],
      ['CPMS: 49816, NCT05057013; ISRCTN62918594', ['ctgov NCT05057013', 'isrctn ISRCTN62918594']],
    ];
    for (const [field, numbers] of cases) expect([field, read(field)]).toEqual([field, numbers]);
  });

  it('X9: placeholders, and what only looks like a number, are none', () => {
    for (const field of [
      ...['NCT00000000', 'ISRCTN00000000', 'ISRCTN12345678', 'ISRCTN99999999', 'U1111-1111-1111'],
      ...['2014-000000-12', 'Nil known', 'N/A', 'not applicable', '-', '', '2018-A03282-53', '201912345678'],
    ])
      expect([field, read(field)]).toEqual([field, []]);
  });

  it('X9: one number has one key, however it is written; another number has another', () => {
    const same = ['2020-005891-36', 'CTIS2020-005891-36-00', 'EUCTR2020-005891-36-GB', '2020 005891 36'];
    expect(new Set(same.map(numberKey)).size).toBe(1);
    expect(numberKey('2022-502759-70-01')).toBe(numberKey('EUCT2022-502759-70'));
    expect(numberKey('2022-502759-70-01')).not.toBe(numberKey('2022-502759-71-01'));
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 99_999 }),
        fc.constantFrom('-', ' ', '–', '‐', ' - '),
        (n, dash) => {
          const middle = `5${String(n).padStart(5, '0')}`;
          const [found] = readNumbers(['2024', middle, '36', '00'].join(dash));
          if (/^(\d)\1+$/.test(middle)) expect(found).toBeUndefined();
          else expect(found).toEqual({ register: 'ctis', number: `2024-${middle}-36` });
        },
      ),
    );
  });

  it('C16: a field of any length is read in one walk', () => {
    for (const field of ['2022-'.repeat(50_000), 'EUCT '.repeat(50_000), `U1111${' '.repeat(99_999)}1`])
      expect(read(field)).toEqual([]);
  });
});
