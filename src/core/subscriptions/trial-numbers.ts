import { formsWith, type Register, registers, withoutMarks } from '../links/registry-numbers.ts';
import { type RegistryFacts, registries } from '../registries.ts';
import { lazily } from '../text/remember.ts';

/** A register whose numbers are recognised by their form; only ClinicalTrials.gov's are always read. */
export type OtherRegister = Exclude<Register, 'ctgov'>;
/** Every such register. */
export const otherRegisters = registers.filter((register) => register !== 'ctgov');

/**
 * A number of a trial in another register. `register` is null for a sponsor's number, and for an unknown
 * form.
 */
export type OtherNumber = { register: OtherRegister | null; number: string };

const gap = String.raw`[\s\p{Pd}\u2212_.:#/]*`;
const forms = lazily(() =>
  formsWith(gap).flatMap(([register, form]): [OtherRegister, RegExp][] =>
    register === 'ctgov' ? [] : [[register, form]],
  ),
);

const prefixes = Object.values(registries as Record<string, RegistryFacts>).flatMap(
  ({ exampleId }) => /^[A-Z]+(?=\d)/.exec(exampleId)?.[0] ?? [],
);
const misshapen = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?:${prefixes.join('|')})${gap}\d(?:[\s\p{Pd}\u2212]*\d)*(?![\p{L}\p{N}])`,
  'giu',
);

/**
 * Cuts other registers' numbers from a text without trial numbers of a registry that is read. Also cuts
 * numbers that begin like such a registry's but have too few or too many digits.
 */
export function cutOtherNumbers(text: string): { others: OtherNumber[]; wrong: string[]; rest: string } {
  const others: OtherNumber[] = [];
  const wrong: string[] = [];
  let rest = withoutMarks(text);
  for (const [register, form] of forms())
    rest = rest.replace(form, (number) => {
      others.push({ register, number: number.trim() });
      return cutMark;
    });
  rest = rest.replace(misshapen, (number) => {
    wrong.push(number.trim());
    return cutMark;
  });
  return { others, wrong, rest };
}

/** Replaces a cut, and separates the words before and after it. */
export const cutMark = ' ; ';

/** Whether a text has enough digits to be looked up as a number. */
export function holdsNumber(text: string): boolean {
  return text.length <= longestNumber && (text.match(/\d/g)?.length ?? 0) >= fewestDigits;
}

const longestNumber = 60;
const fewestDigits = 3;

/** Whether words look like a sponsor's study number: no spaces, and enough digits. */
export function looksLikeNumber(words: string): boolean {
  return holdsNumber(words) && /^[\p{L}\p{N}][\p{L}\p{N}\p{Pd}_./]*$/u.test(words.normalize('NFKC').trim());
}
