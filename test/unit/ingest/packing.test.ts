import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exampleTrial } from '../../../src/db/example-trial.ts';
import { baseOf, packReading, unpackAnswer } from '../../../src/db/ingest/pack-reading.ts';
import { packVersion, versionText } from '../../../src/db/packing.ts';
import { readRecord } from '../../../src/registries/ctgov/read.ts';
import { arbitraryTrial } from '../../support/arbitrary-trial.ts';
import { study } from '../../support/study.ts';

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

function readStudy() {
  const raw = study('NCT09900001');
  const record = readRecord(raw, null);
  if (!record.ok) throw new Error(record.reason);
  return { raw, trial: record.trial };
}

describe('a packed version', () => {
  it('has the same text again, whatever it is packed against', () => {
    fc.assert(
      fc.property(arbitraryTrial({ sites: 3 }), arbitraryTrial({ sites: 3 }), (one, other) => {
        const first = packVersion(bytes(one), null);
        expect(versionText({ packed: first.packed, base: null })).toEqual(bytes(one));
        const next = packVersion(bytes(other), { version: 1, packed: first.packed });
        expect(versionText({ packed: next.packed, base: next.base?.packed ?? null })).toEqual(bytes(other));
      }),
      { numRuns: 50 },
    );
  });

  it('takes room for what differs, and its answer for what the trial does not say', () => {
    const { raw, trial } = readStudy();
    const first = packReading(trial, { raw }, { version: 1, known: null });
    const known = { version: 1, packed: first.version };
    const next = packReading({ ...trial, status: 'SUSPENDED' }, { raw }, { version: 2, known });
    expect(next.version.base?.version).toBe(1);
    expect(next.version.packed.length).toBeLessThan(100);
    expect(first.raw.length).toBeLessThan(bytes(raw).length / 2);
    const { packed, base } = next.version;
    expect(unpackAnswer(next.raw, { packed, base: base?.packed ?? null })).toEqual(raw);
  });

  it('keeps the text of an answer as it came, which says the same', () => {
    const { raw, trial } = readStudy();
    const text = Buffer.from(JSON.stringify(raw, null, 1));
    const { version, raw: kept } = packReading(trial, { raw: null, text }, { version: 1, known: null });
    expect(unpackAnswer(kept, { packed: version.packed, base: null })).toEqual(raw);
  });

  it('has a base without one of its own, so that two rows are read at most, and none where little is alike', () => {
    const { raw, trial } = readStudy();
    const first = packReading(trial, { raw }, { version: 1, known: null }).version;
    const second = packReading(
      { ...trial, sex: 'MALE' },
      { raw },
      {
        version: 2,
        known: { version: 1, packed: first },
      },
    );
    expect(baseOf({ version: 2, packed: second.version }, 3)?.version).toBe(1);
    // A version that is written again does not become its own base.
    expect(baseOf({ version: 1, packed: first }, 1)).toBeNull();
    const noise = hash('sha512', 'noise').repeat(3);
    const unlike = Array.from({ length: 40 }, (_, n) => hash('sha512', `${noise}${n}`)).join('');
    expect(
      packVersion(bytes({ ...trial, description: unlike }), { version: 1, packed: first.packed }).base,
    ).toBeNull();
  });

  it('needs the example as it was: another one could not read what is stored', () => {
    expect(hash('sha256', exampleTrial, 'base64url')).toBe('ksU8ErS3ahBA8wi6CU9lqVzeLR159l_nLkDX_VEKGSg');
  });
});
