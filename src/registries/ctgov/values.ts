import { z } from 'zod';
import { canonicalConceptId } from '../../core/matching/concepts-kinds.ts';
import { normaliseProse, normaliseText } from '../../core/text/text.ts';
import type { PartialDate } from '../../core/trial.ts';
import { dateTypes } from './codes.ts';

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
export const text = z.string().transform(readLine);
/** Registry text of several lines, normalised. */
export const prose = z.string().transform(readProse);
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

const quote = (value: string) => JSON.stringify(normaliseText(value).slice(0, 40));

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

/** A date with its type; null when only a type is given. */
export const PartialDateStruct = z
  .object({ date: partialDate.optional(), type: code(dateTypes).optional() })
  .transform(({ date, type }): PartialDate | null => {
    if (date === undefined) return null;
    const precision = date.length === 4 ? 'year' : date.length === 7 ? 'month' : 'day';
    return { date, precision, type: type ?? null };
  });
/** A post date, always a complete day. Its type is not used. */
export const DateStruct = z.object({ date: day.optional() });

/** An NCT number in its canonical form. */
export const nctId = z.string().transform((value, context): string => {
  const id = readLine(value).toUpperCase();
  if (/^NCT\d{8}$/.test(id)) return id;
  context.addIssue({ code: 'custom', message: `${quote(value)} is not an NCT number` });
  return z.NEVER;
});

/** Real ids have ten characters. Concepts are indexed by id, and index entries have a size limit (N1). */
const longestMeshId = 40;

/** A MeSH id in its canonical spelling. */
export const meshId = z
  .string()
  .transform((id) => canonicalConceptId(readLine(id).toUpperCase()))
  .refine((id) => id !== '' && id.length <= longestMeshId, { error: 'the MeSH id is empty or too long' });
