import { z } from 'zod';
import { normaliseProse, normaliseText } from '../core/text/text.ts';

/** Whatever normalising would change: anything but printable ASCII, `&`, `\`, and misplaced white space. */
const untidyLine = /[^ -%'-[\]-~]| {2}|^ | $/;
const untidyProse = /[^\n -%'-[\]-~]| {2}| \n|\n |\n{3}|^[ \n]|[ \n]$/;

/** `normaliseText` with a fast path for text that needs no change: nearly all text of a record. */
export function readLine(value: string): string {
  return untidyLine.test(value) ? normaliseText(value) : value;
}

/** `normaliseProse` with the same fast path. */
export function readProse(value: string): string {
  return untidyProse.test(value) ? normaliseProse(value) : value;
}

/** One line of registry text, normalised. */
export const text = z.string().overwrite(readLine);
/** Registry text of several lines, normalised. */
export const prose = z.string().overwrite(readProse);
/** A list of lines, without empty ones. */
export const texts = z.array(text).transform((lines) => lines.filter((line) => line !== ''));

/** A code of a closed list, in any letter case. An unknown code is a fault, never guessed (C9). */
export function code<const T extends string>(known: readonly T[]) {
  const byName = new Map<string, T>(known.map((name) => [name, name]));
  return z.string().transform((value, context): T => {
    const found = byName.get(value) ?? byName.get(normaliseText(value).toUpperCase());
    if (found !== undefined) return found;
    context.addIssue({ code: 'custom', message: `the code ${quote(value)} is not known` });
    return z.NEVER;
  });
}

/** A value as a fault message quotes it: one line, cut off. */
export const quote = (value: string) => JSON.stringify(normaliseText(value).slice(0, 40));

/**
 * Whether a text is a `yyyy`, `yyyy-MM` or `yyyy-MM-dd` that exists in the calendar. The database cannot
 * store a year 0 (N1).
 */
function isPartialDate(value: string): boolean {
  const found = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(value);
  if (found === null) return false;
  const [, year, month = '01', day = '01'] = found;
  if (year === '0000' || month < '01' || month > '12' || day < '01') return false;
  return day <= '28' || Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
}

/** A date of any precision. */
export const partialDate = z.string().transform((value, context): string => {
  const date = readLine(value);
  if (isPartialDate(date)) return date;
  context.addIssue({ code: 'custom', message: `${quote(value)} is not a date` });
  return z.NEVER;
});

/** A whole day. */
export const day = partialDate.refine((date) => date.length === 10, { error: 'the date has no day' });
