/**
 * The number of letters to insert, delete, replace or swap with their neighbour to turn one text into the
 * other (optimal string alignment). Returns `limit + 1` if the limit is exceeded.
 * A common beginning and end cost nothing.
 */
export function editDistance(a: string, b: string, limit = Number.POSITIVE_INFINITY): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let start = 0;
  while (start < a.length && start < b.length && a.charCodeAt(start) === b.charCodeAt(start)) start++;
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && a.charCodeAt(endA - 1) === b.charCodeAt(endB - 1)) {
    endA--;
    endB--;
  }
  return distanceOf(a.slice(start, endA), b.slice(start, endB), limit);
}

/** The lines of the table, used again by each call. */
const lines: [number[], number[], number[]] = [[], [], []];

/** Fills only the cells that can be within the limit: those near the diagonal. */
function distanceOf(a: string, b: string, limit: number): number {
  if (a === '' || b === '') return Math.max(a.length, b.length);
  let [beforeLast, last, row] = lines;
  for (let j = 0; j <= b.length; j++) last[j] = j;
  for (let i = 1; i <= a.length; i++) {
    const from = Math.max(1, i - limit);
    const to = Math.min(b.length, i + limit);
    let least = from === 1 ? i : tooFar;
    row[from - 1] = least;
    const letter = a.charCodeAt(i - 1);
    for (let j = from; j <= to; j++) {
      const other = b.charCodeAt(j - 1);
      let cost = (last[j - 1] as number) + (letter === other ? 0 : 1);
      cost = Math.min(cost, (last[j] as number) + 1, (row[j - 1] as number) + 1);
      const isSwap = i > 1 && j > 1 && letter === b.charCodeAt(j - 2) && a.charCodeAt(i - 2) === other;
      if (isSwap) cost = Math.min(cost, (beforeLast[j - 2] as number) + 1);
      row[j] = cost;
      if (cost < least) least = cost;
    }
    if (to < b.length) row[to + 1] = tooFar;
    if (least > limit) return limit + 1;
    [beforeLast, last, row] = [last, row, beforeLast];
  }
  return Math.min(last[b.length] as number, limit + 1);
}

const tooFar = Number.MAX_SAFE_INTEGER;
