import type { z } from 'zod';

/** A registry's words for faults: what its record is called, and keys whose words are not their letters. */
export type FaultWords = { record: string; names?: Readonly<Record<string, string>> };

/** A path inside a record in words: `status module, start date`. */
function pathInWords(path: PropertyKey[], { names = {} }: FaultWords): string {
  return path
    .filter((part) => !String(part).endsWith('Section') || path.length === 1)
    .map((part) => {
      if (typeof part === 'number') return `entry ${part + 1}`;
      const name = String(part);
      return names[name] ?? name.replace(/Struct$/, '').replace(/[A-Z]/g, (c) => ` ${c.toLowerCase()}`);
    })
    .join(', ');
}

const kinds: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of values',
  record: 'a group of values',
  null: 'null',
};

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return kinds[Array.isArray(value) ? 'array' : typeof value] ?? typeof value;
}

function valueAt(raw: unknown, path: PropertyKey[]): unknown {
  let value = raw;
  for (const part of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[part];
  return value;
}

/**
 * Describes the first fault of a record in one sentence: where it is and what is wrong. Quotes only codes and
 * dates.
 */
export function describeFault(issues: z.core.$ZodIssue[], raw: unknown, words: FaultWords): string {
  const [issue] = issues;
  if (issue === undefined) return 'The record could not be read.';
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  if (issue.path.length === 0) return `This is not a ${words.record}.`;
  const where = capitalise(pathInWords(issue.path, words));
  return `${where}${issue.code === 'custom' ? ':' : ''} ${describeIssue(issue, raw)}${more}.`;
}

function describeIssue(issue: z.core.$ZodIssue, raw: unknown): string {
  if (issue.code === 'custom') return issue.message;
  const value = valueAt(raw, issue.path);
  if (issue.code === 'invalid_type') {
    const expected = kinds[issue.expected] ?? issue.expected;
    return value === undefined ? 'is missing' : `is ${kindOf(value)} where ${expected} is expected`;
  }
  if (issue.code === 'too_small') return `is below ${issue.minimum}`;
  return 'has a value of the wrong form';
}

const capitalise = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);
