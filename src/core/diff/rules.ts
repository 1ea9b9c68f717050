import type { Facet, Fate, Json, Judgement } from '../change.ts';
import type { Trial } from '../trial.ts';
import { listDelta } from './criteria.ts';
import { isRespelled, unspaced } from './spelling.ts';

/** Judges a field whose values are known to differ. */
export type Rule = (before: Trial, after: Trial) => Judgement;

/** Silent, for this reason. */
export const silent =
  (reason: string): Rule =>
  () => ({ fate: 'silent', reason, change: null });

/** A text. A mere respelling is silent. */
export function textRule(facet: Facet, kind: string, fate: Fate, of: (trial: Trial) => string | null): Rule {
  return (before, after) => {
    const [was, is] = [of(before), of(after)];
    if (isRespelled(was, is)) return { fate: 'silent', reason: 'only spelled differently', change: null };
    return {
      fate,
      reason: `the ${kind.replaceAll('-', ' ')} changed`,
      change: { facet, kind, before: was, after: is },
    };
  };
}

/** A long text. The change carries hashes in place of the values. */
export function proseRule(kind: string, of: (trial: Trial) => string): Rule {
  return (before, after) => {
    const [was, is] = [of(before), of(after)];
    if (isRespelled(was, is) || unspaced(was) === unspaced(is))
      return { fate: 'silent', reason: 'only spelled differently', change: null };
    const change = {
      facet: 'description' as const,
      kind,
      before: fingerprintOf(was),
      after: fingerprintOf(is),
    };
    return { fate: 'folded', reason: `the ${kind} changed`, change };
  };
}

/** A list of names. Silent if only spelling and order changed. */
export function listRule(
  facet: Facet,
  kind: string,
  fate: Fate,
  of: (trial: Trial) => Json[],
  rest: Rule,
): Rule {
  return (before, after) => {
    const [was, is] = [of(before), of(after)];
    const { added, removed } = listDelta(was, is);
    if (added.length + removed.length === 0) return rest(before, after);
    const reason = `${kind}: ${added.length} added, ${removed.length} removed`;
    return { fate, reason, change: { facet, kind, before: was, after: is } };
  };
}

/** A list that is read from one text. Silent if the text has only other line breaks. */
export function listInRule(of: (trial: Trial) => string, rule: Rule): Rule {
  return (before, after) =>
    unspaced(of(before)) === unspaced(of(after)) ? onlySpelling(before, after) : rule(before, after);
}

/** The parts of a list whose entries stay; the change carries marks in place of the values. */
export const detailsRule = (facet: Facet, kind: string, of: (trial: Trial) => unknown): Rule => {
  return (before, after) => ({
    fate: 'folded',
    reason: `details of the ${kind} changed`,
    change: {
      facet,
      kind: `${kind}-details`,
      before: fingerprintOf(of(before)),
      after: fingerprintOf(of(after)),
    },
  });
};

/** Silent: only order or spelling. */
export const onlySpelling = silent('only order or spelling changed');

/** A value that is told or folded as it is. */
export const valueRule = (facet: Facet, kind: string, fate: Fate, of: (trial: Trial) => Json): Rule => {
  return (before, after) => ({
    fate,
    reason: `${kind.replaceAll('-', ' ')} changed`,
    change: { facet, kind, before: of(before), after: of(after) },
  });
};

/**
 * A mark in place of values that must not or need not be in a change. It shows when they return to an earlier
 * state.
 */
export function fingerprintOf(value: unknown): string | null {
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return null;
  return (hashValue(value) >>> 0).toString(16).padStart(8, '0');
}

/** FNV-1a over all texts of a value, independent of the order of lists. */
function hashValue(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => (sum + hashValue(item)) | 0, 0);
  let hash = 0x811c9dc5;
  const texts = typeof value === 'object' && value !== null ? Object.values(value) : [value];
  for (const part of texts) {
    const text = String(part);
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ 0x1f, 0x01000193);
  }
  return hash;
}
