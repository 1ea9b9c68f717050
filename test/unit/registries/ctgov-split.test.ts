import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitStudies } from '../../../src/registries/ctgov/split-studies.ts';
import { anyCharacter } from '../../support/any-character.ts';

const word = fc.string({ unit: anyCharacter, maxLength: 8 });
const value = fc.oneof(fc.jsonValue({ maxDepth: 4 }), fc.dictionary(word, word));
const split = (json: string) => splitStudies(Buffer.from(json));
const space = fc.constantFrom('', ' ', '\n', '\t\r\n ');

describe('a page of the list, split into its studies', () => {
  it('says the same as the page parsed whole', () => {
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 5 }),
        fc.dictionary(fc.string(), value),
        space,
        (some, rest, around) => {
          const whole = { ...rest, studies: some };
          const json = `${around}${JSON.stringify(whole, null, around.length)}${around}`;
          const { studies = [], ...others } = split(json);
          expect({ ...others, studies: studies.map((study) => JSON.parse(study.toString())) }).toEqual(
            JSON.parse(JSON.stringify(whole)),
          );
        },
      ),
    );
  });

  it('N3: refuses whatever is cut off, wherever it is cut', () => {
    const json = JSON.stringify({
      totalCount: 2,
      studies: [{ a: 'x "y" \\', b: [1, { c: null }] }, 2],
      next: 'z',
    });
    for (let length = 0; length < json.length; length++)
      expect(() => split(json.slice(0, length)), json.slice(0, length)).toThrow(SyntaxError);
    for (const more of [',', '{}', 'x']) expect(() => split(json + more)).toThrow(SyntaxError);
  });

  it('refuses what is no object, and what has no colon or comma', () => {
    for (const json of [
      '',
      '[]',
      '"studies"',
      '{"studies" []}',
      '{"studies":[1 2]]}',
      '{studies:[]}',
      '{"a":}',
    ])
      expect(() => split(json), json).toThrow(SyntaxError);
  });
});
