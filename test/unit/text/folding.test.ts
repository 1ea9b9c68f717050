import fc from 'fast-check';
import { expect, it } from 'vitest';
import { foldToWords } from '../../../src/core/text/folding.ts';

it('M1: plain letters are folded as all others are', () => {
  const words = fc.constantFrom(
    ...[
      "Crohn's",
      '`quoted`',
      "women'S",
      'non-small',
      'a - b',
      'end.',
      'e.g. this',
      'I--II',
      'Type',
      'i',
      'aged',
    ],
    ...[
      '(Breast)',
      'Tumours;',
      'x|y',
      'DISEASES',
      '"so"',
      'haem',
      '\t',
      '{a}[b]',
      'the',
      '12',
      'L4/5',
      '\u0000',
    ],
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(words).map((list) => list.join(' ')),
        fc.string(),
      ),
      (text) => {
        fc.pre(/^[ -~\t\n]*$/.test(text));
        // One letter beyond ASCII makes the whole text take the general way.
        expect([...foldToWords(`${text} x`), 'e']).toEqual(foldToWords(`${text} x é`));
      },
    ),
  );
});
