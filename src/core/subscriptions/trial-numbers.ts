import { type RegistryFacts, registries } from '../registries.ts';

/** Registers whose numbers are recognised by their form, and whose records are not read. */
export const otherRegisters = [
  'ctis',
  'eudract',
  'isrctn',
  'drks',
  'jrct',
  'japic',
  'umin',
  'utn',
  'anzctr',
  'chictr',
  'ctri',
  'irct',
  'pactr',
  'cris',
  'tctr',
  'rebec',
  'slctr',
  'rpcec',
  'repec',
  'lbctr',
  'ntr',
] as const;
export type OtherRegister = (typeof otherRegisters)[number];

/**
 * A number of a trial in another register. `register` is null for a sponsor's number, and for an unknown
 * form.
 */
export type OtherNumber = { register: OtherRegister | null; number: string };

const gap = String.raw`[\s\p{Pd}\u2212_.:#/]*`;
const join = (...parts: string[]) =>
  new RegExp(String.raw`(?<![\p{L}\p{N}])${parts.join(gap)}(?![\p{L}\p{N}])`, 'giu');

const forms: [OtherRegister, RegExp][] = [
  ['ctis', join(String.raw`20[2-9]\d`, String.raw`5\d{5}`, String.raw`\d{2}(?:${gap}\d{2})?`)],
  ['eudract', join(String.raw`20[0-2]\d`, String.raw`0\d{5}`, String.raw`\d{2}`)],
  ['isrctn', join('ISRCTN', String.raw`\d{8}`)],
  ['drks', join('DRKS', String.raw`\d{8}`)],
  ['jrct', join('jRCTs?', String.raw`\d{9,10}`)],
  ['japic', join(`Japic(?:${gap}CTI)?`, String.raw`\d{6}`)],
  ['umin', join(`UMIN(?:${gap}CTR)?`, String.raw`C?\d{9}`)],
  ['utn', join('U1111', String.raw`\d{4}`, String.raw`\d{4}`)],
  ['anzctr', join('ACTRN', String.raw`\d{14}p?`)],
  ['chictr', join(`ChiCTR(?:${gap}[A-Z]{2,4})?`, String.raw`\d{8,10}`)],
  ['ctri', join('CTRI', String.raw`\d{4}`, String.raw`\d{2,3}`, String.raw`\d{6}`)],
  ['irct', join('IRCT', String.raw`\d{8,14}N\d{1,3}`)],
  ['pactr', join('PACTR', String.raw`\d{15,16}`)],
  ['cris', join('KCT', String.raw`\d{7}`)],
  ['tctr', join('TCTR', String.raw`\d{11}`)],
  ['rebec', join('RBR', String.raw`(?=[a-z]*\d)[a-z\d]{6,8}`)],
  ['slctr', join('SLCTR', String.raw`\d{4}`, String.raw`\d{3}`)],
  ['rpcec', join('RPCEC', String.raw`\d{8}`)],
  ['repec', join('PER', String.raw`\d{3}`, String.raw`\d{2}`)],
  ['lbctr', join('LBCTR', String.raw`\d{10}`)],
  ['ntr', join(`(?:NTR|NL${gap}OMON)`, String.raw`\d{3,6}`)],
];

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
  let rest = withoutWhoMarks(text);
  for (const [register, form] of forms)
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

/** The EU's numbers without the register and the country that the WHO's portal adds. */
function withoutWhoMarks(text: string): string {
  return text
    .replace(/(?<![\p{L}\p{N}])(?:EUCTR|CTIS)(?=20\d\d\p{Pd})/giu, '')
    .replace(/(?<=20\d\d\p{Pd}0\d{5}\p{Pd}\d\d)\p{Pd}[A-Z]{2,3}(?![\p{L}\p{N}])/giu, '');
}

/** Replaces a cut, and separates the words before and after it. */
export const cutMark = ' ; ';

/**
 * The lookup form of a number: only letters and digits; for the EU's register, without its count of
 * submissions.
 */
export function numberKey(number: string): string {
  const key = number
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '');
  return /^20[2-9]\d5\d{9}$/.test(key) ? key.slice(0, -2) : key;
}

/** The keys under which a record is found by its other numbers. */
export function keysOfNumbers(numbers: readonly { id: string }[]): string[] {
  return [...new Set(numbers.map(({ id }) => numberKey(id)).filter((key) => holdsNumber(key)))].sort();
}

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
