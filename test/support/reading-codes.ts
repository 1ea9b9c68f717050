import type { Reading, ReadingSentence } from '../../src/core/wording/trial-summary.ts';

/** Registry codes, which must never reach a reader. */
const code =
  /\b(?:[A-Z]{2,}_[A-Z_0-9]+|PHASE\d|UNKNOWN|RANDOMIZED|INTERVENTIONAL|OBSERVATIONAL|RECRUITING|N\/?A)\b/;

/** All sentences of a record in plain words. */
export function sentencesOf({ says, limits }: Reading): ReadingSentence[] {
  return [...says, ...limits];
}

/** Whether a sentence or its field name shows a code outside of quotations. */
export function showsCode(reading: Reading): boolean {
  return sentencesOf(reading).some(
    ({ text, field }) => code.test(text.replace(/“[^”]*”/g, '')) || code.test(field),
  );
}
