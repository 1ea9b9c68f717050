import { z } from 'zod';
import { canonicalConceptId } from '../../core/matching/concepts-kinds.ts';
import type { PartialDate } from '../../core/trial.ts';
import { code, day, partialDate, quote, readLine } from '../text-values.ts';
import { dateTypes } from './codes.ts';

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
