import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalJson, canonicalValue } from '../../../src/core/canonical.ts';
import { canonicalTrial, canonicalTrialJson } from '../../../src/core/diff/diff.ts';
import { arbitraryTrial } from '../../support/arbitrary-trial.ts';

it('the text that a trial is hashed by is that of its canonical value', () => {
  fc.assert(
    fc.property(arbitraryTrial(), (trial) => {
      expect(canonicalTrialJson(trial)).toBe(JSON.stringify(canonicalTrial(trial)));
    }),
    { numRuns: 100 },
  );
});

it('so is that of any value with names for keys', () => {
  const names = fc.constantFrom('a', 'b', 'ref', 'facility', 'é');
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      ...[fc.string({ unit: 'grapheme' }), fc.double(), fc.integer(), fc.boolean(), fc.constant(null)],
      ...[fc.array(tie('any'), { maxLength: 4 }), fc.dictionary(names, tie('any'), { maxKeys: 4 })],
    ),
  })).any;
  fc.assert(
    fc.property(value, (any) => {
      expect(canonicalJson(any)).toBe(JSON.stringify(canonicalValue(any)));
    }),
  );
});
