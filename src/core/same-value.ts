import { canonicalText, canonicalValue } from './canonical.ts';

/** Whether two values of one field are equal except for order, white space, Unicode form and site numbers. */
export function isSameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a === 'string' && typeof b === 'string') return isSameText(a, b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && isSameList(a, b);
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const key in left) if (key !== 'ref' && !isSameValue(left[key], right[key])) return false;
  for (const key in right) if (!(key in left)) return false;
  return true;
}

/** If more items than this moved, compares by key: comparing all pairs would take quadratic time. */
const fewMoved = 8;

/** Compares two lists as multisets. Items that are equal at the same index need no search. */
function isSameList(a: unknown[], b: unknown[]): boolean {
  if (a.length !== b.length) return false;
  const open: unknown[] = [];
  const moved: unknown[] = [];
  for (let at = 0; at < a.length; at++) {
    if (isIdentical(a[at], b[at])) continue;
    moved.push(a[at]);
    open.push(b[at]);
  }
  if (moved.length > fewMoved) return isSameByKey(moved, open);
  for (const item of moved) {
    const at = open.findIndex((other) => isSameValue(item, other));
    if (at < 0) return false;
    open.splice(at, 1);
  }
  return true;
}

function isSameByKey(a: unknown[], b: unknown[]): boolean {
  const keyOf = (item: unknown) => JSON.stringify(canonicalValue(item));
  const counts = new Map<string, number>();
  for (const key of b.map(keyOf)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return a.map(keyOf).every((key) => {
    const left = counts.get(key) ?? 0;
    counts.set(key, left - 1);
    return left > 0;
  });
}

/** Whether the text from `at` may consist of white space, or of marks on the previous letter. */
function isSpaceOrEnd(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return at >= text.length || isSpace(code) || code > 0x7e;
}

const isSpace = (code: number) => code === 0x20 || (code >= 0x09 && code <= 0x0d);

/** Whether two texts have the same canonical form. A difference in plain letters settles it early. */
function isSameText(a: string, b: string): boolean {
  let [left, right] = [0, 0];
  while (left < a.length && right < b.length) {
    const [was, is] = [a.charCodeAt(left), b.charCodeAt(right)];
    if (was === is && !isSpace(was)) {
      left++;
      right++;
    } else if (isSpace(was) && isSpace(is)) {
      while (isSpace(a.charCodeAt(left))) left++;
      while (isSpace(b.charCodeAt(right))) right++;
    } else if (was > 0x7e || is > 0x7e || ((isSpace(was) || isSpace(is)) && (left === 0 || right === 0))) {
      return canonicalText(a) === canonicalText(b);
    } else return false;
  }
  return isSpaceOrEnd(a, left) && isSpaceOrEnd(b, right) && canonicalText(a) === canonicalText(b);
}

/** Whether two values are identical as they are: the cheap check that settles nearly every field. */
export function isIdentical(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, at) => isIdentical(item, b[at]));
  }
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const key in left) if (key !== 'ref' && !isIdentical(left[key], right[key])) return false;
  for (const key in right) if (!(key in left)) return false;
  return true;
}
