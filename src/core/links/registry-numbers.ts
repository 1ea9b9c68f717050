import { lazily } from '../text/remember.ts';

/** Registers whose numbers are recognised by their form, whether their records are read or not. */
export const registers = [
  'ctgov',
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
export type Register = (typeof registers)[number];

/** A trial's number in a register, as the register spells it; a CTIS number without its count of submissions. */
export type RegistryNumber = { register: Register; number: string };

/**
 * The forms of all registers' numbers; `gap` matches what may stand between two parts. An EU number whose
 * second block begins with 5 is CTIS's, with less it is EudraCT's.
 */
export function formsWith(gap: string): [Register, RegExp][] {
  const join = (...parts: string[]) =>
    new RegExp(String.raw`(?<![\p{L}\p{N}])${parts.join(gap)}(?![\p{L}\p{N}])`, 'giu');
  return [
    ['ctgov', join('NCT', String.raw`\d{8}`)],
    ['ctis', join(String.raw`20[2-9]\d`, String.raw`5\d{5}`, String.raw`\d{2}(?:${gap}\d{2})?`)],
    ['eudract', join(String.raw`20[0-2]\d`, String.raw`[0-4]\d{5}`, String.raw`\d{2}(?:${gap}00)?`)],
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
}

/** A text without the marks that portals and registrants glue to a number: the register, the country. */
export function withoutMarks(text: string): string {
  return text
    .replace(
      /(?<![\p{L}\p{N}])(?:EUCTR|EUCT|EUDRACT|CTIS|EU|CT)[\s\p{Pd}:]*(?=20\d\d[\s\p{Pd}\u2212])/giu,
      ' ',
    )
    .replace(/(?<![\p{L}\p{N}])JPRN[\s\p{Pd}]*(?=[a-z])/giu, ' ')
    .replace(
      /(?<=20\d\d[\s\p{Pd}\u2212]+[0-4]\d{5}[\s\p{Pd}\u2212]+\d\d)[\s]*\p{Pd}[\s]*(?:[A-Z]{2,3}|3RD)(?![\p{L}\p{N}])/giu,
      '',
    );
}

/** In an identifier field the EU's blocks stand apart: twelve digits in one may be anything. */
const fieldForms = lazily(() => {
  const apart = new Map(formsWith(String.raw`[\s\p{Pd}\u2212_.:/]+`));
  return formsWith(String.raw`[\s\p{Pd}\u2212_.:/]*`).map(([register, form]): [Register, RegExp] => [
    register,
    ((register === 'ctis' || register === 'eudract') && apart.get(register)) || form,
  ]);
});

/** The registry numbers in an identifier field, without placeholders such as NCT00000000 or ISRCTN12345678. */
export function readNumbers(field: string): RegistryNumber[] {
  let rest = withoutMarks(field.slice(0, longestField).normalize('NFKC'));
  const found = new Map<string, RegistryNumber>();
  for (const [register, form] of fieldForms())
    rest = rest.replace(form, (written) => {
      const number = spell(register, written);
      if (!isPlaceholder(register, number)) found.set(number, { register, number });
      return ';';
    });
  return [...found.values()];
}

/** The maximum number of characters read of an identifier field. */
const longestField = 500;

/** A number in its register's own spelling. */
export function spell(register: Register, written: string): string {
  const plain = compact(written);
  if (register === 'ctis' || register === 'eudract')
    return `${plain.slice(0, 4)}-${plain.slice(4, 10)}-${plain.slice(10, 12)}`;
  if (register === 'utn') return `${plain.slice(0, 5)}-${plain.slice(5, 9)}-${plain.slice(9)}`;
  return register === 'jrct' ? plain.replace(/^JRCT(S?)/, (_, s) => `jRCT${s.toLowerCase()}`) : plain;
}

function compact(text: string): string {
  return text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '');
}

/** Whether a number only fills a field: all digits are equal, or it counts up. An EU number's year says nothing. */
function isPlaceholder(register: Register, number: string): boolean {
  const digits = compact(number).replace(/^U1111(?=\d)|[A-Z]/g, '');
  const own = register === 'ctis' || register === 'eudract' ? digits.slice(4, 10) : digits;
  return /^(\d)\1*$/.test(own) || own === '12345678';
}

/**
 * The lookup form of a number: its letters and digits alone; for EU numbers without marks, country and count
 * of submissions.
 */
export function numberKey(number: string): string {
  const key = compact(number);
  const eu =
    /^(?:EUCTR|EUCT|EUDRACT|CTIS|CT)?(20\d\d(?:5\d{7}(?=(?:\d\d)?$)|[0-4]\d{7}(?=(?:00|[A-Z]{2,3}|3RD)?$)))/.exec(
      key,
    );
  return eu?.[1] ?? key;
}
