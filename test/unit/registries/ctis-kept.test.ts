import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCtisRecord, makeCtisRow } from '../../../src/demo/ctis-trial.ts';
import { ctis } from '../../../src/registries/ctis/index.ts';
import { keepPaths } from '../../../src/registries/ctis/kept-paths.ts';
import { hasCtis, makeCtisTrial, readCtis, readCtisFile } from '../../support/ctis.ts';

type Json = null | string | Json[] | { [key: string]: Json };

/** Puts a person's data somewhere into a record: as a further key, or at the end of a text. */
function plant(value: unknown, at: number, key: string, secret: string): unknown {
  let count = 0;
  const walk = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== 'object' || node === null) return node;
    const entries = Object.entries(node).map(([name, part]) => [name, walk(part)] as const);
    const copy = Object.fromEntries(entries) as Record<string, unknown>;
    if (count++ === at) copy[key] = { [key]: [secret], name: secret, email: secret };
    return copy;
  };
  return walk(value);
}

const holds = (raw: unknown) => /@|555|Vzor|Sample|Przyklad/.test(JSON.stringify(raw));

describe('what is kept of an answer of the EU register', () => {
  const record = makeCtisRecord(makeCtisTrial());
  it('X10: persons, e-mail addresses and phones go no further, wherever they stand', () => {
    const keys = fc.constantFrom(
      'personInfo',
      'email',
      'phone',
      'publicContacts',
      'functionalName',
      'anything',
    );
    fc.assert(
      fc.property(fc.nat(150), keys, (at, key) => {
        const planted = plant(record, at, key, '+00 555 0199 Robin Vzor robin@example.org');
        const read = ctis.readRecord(planted, null);
        expect(holds(read.raw)).toBe(false);
        expect(holds(read.ok && read.trial)).toBe(false);
      }),
    );
  });

  it('X10: nor do they where people wrote them into a text that is kept', () => {
    const contact = fc.constantFrom(
      'Call Professor Robin Vzor on +33 1 42 34 55 55 (or robin @ example.org)',
      'Mme Robin Vzor, 01 42 34 55 55',
      'Dr. med. Robin Vzor, tel. 555 0199, robin(at)example.org',
      'Prof. R. Vzor: 0044 20 7946 0555',
    );
    const texts = JSON.stringify(record).match(/"(?:[^"\\]|\\.)*"(?=[,}\]])/g) ?? [];
    const prose = texts.filter((text) => / /.test(text) && !/\d{4}|@/.test(text));
    expect(prose.length).toBeGreaterThan(5);
    fc.assert(
      fc.property(fc.constantFrom(...prose), contact, (text, said) => {
        const whole = JSON.stringify(record).replaceAll(text, `${text.slice(0, -1)}. ${said}."`);
        const read = ctis.readRecord(JSON.parse(whole), null);
        expect(read.ok).toBe(true);
        expect(holds(read)).toBe(false);
        expect(JSON.stringify(read)).not.toContain('example.org');
      }),
    );
  });

  it('X10: nor does anything of an answer that cannot be read', () => {
    const strange = fc.letrec<{ json: Json }>((tie) => ({
      json: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, 'Robin Vzor', 'x@y.org', '+00 555 1'),
        fc.array(tie('json')),
        fc.dictionary(fc.constantFrom('ctNumber', 'events', 'documents', 'title', 'email'), tie('json')),
      ),
    }));
    fc.assert(
      fc.property(strange.json, (raw) => {
        expect(JSON.stringify(keepPaths(raw) ?? null)).not.toMatch(/@/);
      }),
    );
  });

  it('X10: a department that bears a name is left out, and an address inside a text is masked', () => {
    const [spain] = makeCtisTrial().countries;
    const readDepartment = (department: string) => {
      const site = { org: 'ORG-1', name: 'Hospital', city: 'Madrid', department };
      return readCtis(
        makeCtisRecord(
          makeCtisTrial({
            countries: [{ name: 'Spain', code: 4, ...spain, sites: [site] }],
            criteria: { inclusion: ['Write to robin@example.org first'], exclusion: [] },
          }),
        ),
      );
    };
    const bearing = [
      'Prof. Robin Vzor, Neurology',
      'Professor Vzor',
      'Doctor R. Vzor',
      'Mr Vzor',
      'Mme Vzor',
    ];
    for (const department of bearing) expect(readDepartment(department).sites[0]?.department).toBe('');
    for (const department of ['MR Imaging', 'MS Centre', 'Frauenklinik', 'Department of Professions'])
      expect(readDepartment(department).sites[0]?.department).toBe(department);
    const trial = readDepartment('Neurology');
    expect(trial.criteria).toContain('Write to […] first');
  });

  it('C15: what is kept reads as the whole answer does', () => {
    for (const raw of [record, makeCtisRow(makeCtisTrial())]) {
      const first = ctis.readRecord(raw, null);
      expect(ctis.readRecord(JSON.parse(JSON.stringify(first.raw)), null)).toEqual(first);
    }
  });

  it.skipIf(!hasCtis)('X10: recorded answers keep nobody (needs ../shared/data/ctis)', () => {
    for (const file of ['records/2022-501142-30-00.json', 'records/2024-510663-34-00.json']) {
      const whole = readCtisFile(file);
      expect(holds(whole)).toBe(true);
      expect(holds(keepPaths(whole))).toBe(false);
    }
  });
});
