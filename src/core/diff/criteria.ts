import type { Json } from '../change.ts';
import { isIdentical } from '../same-value.ts';
import { spellingKey, unspaced } from './spelling.ts';

/** One eligibility criterion, without its bullet or number. */
export type Criterion = { list: 'inclusion' | 'exclusion' | 'other'; text: string };

const heading =
  /^[\W_]*(?:\d+[.)]\s*)?(?:(?:key|main|major|general|additional|primary|core|subject|patient|participant)s?\W+)*(?:criteria for )?(inclusion|exclusion)(?:\s+criteria\b[^:.]{0,50})?[\W_]*$/i;
/** A heading with its first criterion on the same line. */
const inlineHeading =
  /^[\W_]*(?:key |main |major )?(inclusion|exclusion)(?: criteria(?: include)?)?\s*:\s*(.+)$/i;
/** Bullets and numbering. A decimal such as `1.5 mg` is not numbering. */
const bullet = /^(?:[*•·●▪◦‣–—-]|o(?=\s)|\(?\d{1,2}[.)](?!\d)|\(?[a-z][.)]|\(?[ivx]{2,4}[.)])\s*(?=\S)/i;

/** Splits a record's eligibility text into its criteria, in order and without headings. */
export function splitCriteria(text: string): Criterion[] {
  const criteria: Criterion[] = [];
  let list: Criterion['list'] = 'other';
  let open: Criterion | null = null;
  for (const line of text.split('\n').map((raw) => raw.trim())) {
    const mayHead = /clusion/i.test(line);
    const title = mayHead ? heading.exec(line) : null;
    const inline = mayHead && !title ? inlineHeading.exec(line) : null;
    if (line === '' || title) {
      open = null;
      if (title) list = listOf(title[1]);
      continue;
    }
    const words = inline?.[2] ?? line;
    if (inline) list = listOf(inline[1]);
    const mark = bullet.exec(words);
    if (open === null || inline !== null || mark !== null) {
      open = { list, text: mark === null ? words : words.slice(mark[0].length) };
      criteria.push(open);
    } else open.text = `${open.text} ${words}`;
  }
  return criteria.filter((criterion) => /[\p{L}\p{N}]/u.test(criterion.text));
}

function listOf(word: string | undefined): Criterion['list'] {
  return word?.toLowerCase() === 'exclusion' ? 'exclusion' : 'inclusion';
}

/** The values that were added to a list and removed from it, as multisets, ignoring spelling and order. */
export function listDelta(before: Json, after: Json): { added: Json[]; removed: Json[] } {
  const [was, is] = trimEqual(Array.isArray(before) ? before : [], Array.isArray(after) ? after : []);
  const equal = (item: Json) => (typeof item === 'string' ? item : JSON.stringify(item));
  const keys = [equal, (item: Json) => spellingKey(equal(item)), (item: Json) => unspaced(equal(item))];
  let [removed, added] = [was, is];
  for (const keyOf of keys) {
    if (removed.length === 0 || added.length === 0) break;
    [removed, added] = [without(removed, added, keyOf), without(added, removed, keyOf)];
  }
  return { added, removed };
}

/** Drops the equal items at the start and end of both lists. */
function trimEqual(a: Json[], b: Json[]): [Json[], Json[]] {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && isIdentical(a[start], b[start])) start++;
  let end = 0;
  while (end < shorter - start && isIdentical(a.at(-1 - end), b.at(-1 - end))) end++;
  return [a.slice(start, a.length - end), b.slice(start, b.length - end)];
}

function without(list: Json[], others: Json[], keyOf: (item: Json) => string): Json[] {
  const counts = new Map<string, number>();
  for (const other of others) {
    const key = keyOf(other);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return list.filter((item) => {
    const key = keyOf(item);
    const left = counts.get(key) ?? 0;
    counts.set(key, left - 1);
    return left < 1;
  });
}
