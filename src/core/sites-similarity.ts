/** 1 for equal texts, 0 for texts with nothing in common: one minus the edits needed per character. */
export function editSimilarity(a: string, b: string): number {
  if (a === b) return 1;
  const longest = Math.max(a.length, b.length);
  return longest === 0 ? 1 : 1 - editDistance(a, b) / longest;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let least = Math.min(
        (previous[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (previous[j - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped =
        i > 1 &&
        j > 1 &&
        a.charCodeAt(i - 1) === b.charCodeAt(j - 2) &&
        a.charCodeAt(i - 2) === b.charCodeAt(j - 1);
      if (swapped) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length] ?? 0;
}

/** Words that half of all hospitals carry: they tell little about which one it is. */
const common = new Set(
  'hospital university clinic clinical center medical institute department national research health healthcare care general international associates regional foundation trust nhs college school group services system systems study trials trial site affiliated people city state private public cancer oncology hematology haematology unit division faculty science sciences academic teaching network specialists specialist treatment community memorial'.split(
    ' ',
  ),
);

function weightOf(token: string): number {
  return common.has(token) ? 0.35 : Math.min(1.6, 0.5 + token.length * 0.15);
}

/**
 * How far two lists of words name the same thing, 0 to 1: words weigh by how much they tell, a word may be spelled
 * a little differently, and a name that is wholly inside the other counts almost as much as an equal one.
 */
export function wordSimilarity(a: string[], b: string[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  const open = [...b];
  let shared = 0;
  let telling = 0;
  for (const token of a) {
    const at = open.findIndex((other) => isSameWord(token, other));
    if (at < 0) continue;
    open.splice(at, 1);
    shared += weightOf(token);
    if (!common.has(token)) telling += weightOf(token);
  }
  const sumA = a.reduce((sum, token) => sum + weightOf(token), 0);
  const sumB = b.reduce((sum, token) => sum + weightOf(token), 0);
  const overlap = shared / (sumA + sumB - shared);
  const inside = telling >= 1 ? shared / Math.min(sumA, sumB) : 0;
  return 0.5 * overlap + 0.5 * inside;
}

function isSameWord(a: string, b: string): boolean {
  if (a === b) return true;
  if (a.length < 5 || b.length < 5 || Math.abs(a.length - b.length) > 3) return false;
  return editDistance(a, b) <= (Math.min(a.length, b.length) >= 8 ? 2 : 1);
}
