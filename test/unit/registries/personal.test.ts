import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutPersonal } from '../../../src/registries/personal.ts';
import { readIsrctn } from '../../support/isrctn-trial.ts';
import type { IsrctnFields } from '../../support/isrctn-xml.ts';

const digits = (length: number) => fc.stringMatching(new RegExp(`^[1-9]\\d{${length - 1}}$`));
const mail = fc
  .tuple(fc.stringMatching(/^[a-z][a-z.'+-]{0,12}[a-z]$/), fc.stringMatching(/^[a-z]{2,9}\.(org|ac\.uk)$/))
  .map(([name, domain]) => `${name}@${domain}`);
const phone = fc
  .tuple(
    fc.constantFrom('+44 (0)', '+49 ', '0044 ', '020 ', '(0113) ', 'tel: ', 'Phone: +1 ', 'cell phone '),
    digits(4),
    digits(4),
  )
  .map(([prefix, first, second]) => `${prefix}${first} ${second}`);

describe('X10: no person is stored of a record', () => {
  it('X10: whatever stands in any text of a record, no address and no telephone number is kept', () => {
    fc.assert(
      fc.property(mail, phone, (address, number) => {
        const text = `Ask Dr A Person on ${number} or ${address} first.`;
        const fields: IsrctnFields = {
          title: text,
          summary: `Aims\n${text}\nWho is the main contact?\nDr Mary Person\n${text}`,
          reason: text,
          inclusion: text,
          conditions: [text],
          publications: text,
          basicReport: text,
          centres: [`Riverside Hospital, ${address} | Leeds | England`],
          countries: [text, 'Ireland'],
          override: 'Stopped',
          inParticipants: `<patientInfoSheet>${text}</patientInfoSheet>`,
          inFullTrial: `<contact><email>${address}</email></contact>`,
        };
        for (const kept of [
          readIsrctn(fields),
          readIsrctn({ ...fields, override: text, start: '2026-02-30' }),
        ]) {
          const stored = JSON.stringify(kept);
          expect(stored).not.toContain('@example');
          expect(stored.replaceAll('"@', '')).not.toContain('@');
          expect(stored).not.toContain(number.slice(-9));
          expect(stored).not.toContain('Mary');
        }
      }),
      { numRuns: 200 },
    );
  });

  it('X10: what only looks like a telephone number stays, and cutting twice changes nothing', () => {
    const kept = [
      'From 01/04/2010 - 31/03/2012, 01.04.2010-31.03.2012, 2026-11-30',
      'EudraCT 2020-005891-36, NCT05057013, ISRCTN00123456, doi 10.1016/j.annonc.2023.09.1873',
      'https://www.ncbi.nlm.nih.gov/pubmed/0213340610 and HTA 11/01/25, ref: 13/EM/0030',
      '0.05 mg/kg per day, 0 to 10 points, 100 000 cells, weeks 0, 4, 8, 12, 16 and 24, 1,500 g',
      'White cell 4.0 - 11.0 x10^9/L, red cell 4.5 - 5.9, cell 10 000 000, p = 0.0001 to 0.05 (0.01-0.0005)',
      '2 000 000 IU, 2 000 000 000 copies, phone calls at 12 - 24 - 36 weeks, call on 01 04 2010',
      'Call 2019 - 2021, weeks 00 04 08 12, 2 050 000 000 copies, from 000 000 001',
      'Mobile 10 - 20 - 30 m, 5 mg (at 2.5 ml), Dr Falk Pharma, 00:15 h, 2024-510663-34-00',
    ];
    for (const text of kept) expect(cutPersonal(text)).toBe(text);
    const text = 'Who can take part? Call 020 7946 0958 or mail a.b@example.org.';
    expect(cutPersonal(text)).toBe('Who can take part? Call […] or mail […].');
    expect(cutPersonal(cutPersonal(text))).toBe(cutPersonal(text));
    const french = 'Call Professor Jane Sample on 01 42 34 56 78 (or jane @ example.org), not Dr Falk.';
    expect(cutPersonal(french)).toBe('Call Professor […] on […] (or […]), not Dr Falk.');
    expect(cutPersonal(cutPersonal(french))).toBe(cutPersonal(french));
  });

  it("X10: a cut that knows only one country's numbers, or only addresses, is found out", () => {
    const leaks = (cut: (text: string) => string) =>
      fc.check(
        fc.property(mail, phone, (address, number) => {
          const kept = cut(`Ask on ${number} or ${address} first.`);
          return !kept.includes('@') && !kept.includes(number.slice(-9));
        }),
        { numRuns: 500 },
      ).failed;
    expect(leaks(cutPersonal)).toBe(false);
    expect(leaks((text) => text.replace(/\S+@\S+/g, ''))).toBe(true);
    expect(leaks((text) => text.replace(/\S+@\S+/g, '').replace(/\+44[\d ()]+/g, ''))).toBe(true);
  });
});
