/** A possible pair, by positions in its two lists, with a cost between 0 and 1. */
export type PairCandidate = { row: number; column: number; cost: number };

/**
 * Chooses pairs at the least total cost. An entry without a partner costs as much as the worst pair. Uses the
 * Hungarian method on each connected group; in groups beyond `largestGroup`, takes the cheapest pair first.
 * Each row and column is used at most once.
 */
export function assignPairs<T extends PairCandidate>(candidates: readonly T[]): T[] {
  return groupCandidates(candidates).flatMap((group) => {
    if (group.length === 1) return group;
    const rows = [...new Set(group.map((candidate) => candidate.row))];
    const columns = [...new Set(group.map((candidate) => candidate.column))];
    const isLarge = Math.max(rows.length, columns.length) > largestGroup;
    return isLarge ? assignCheapestFirst(group) : assignGroup(group, rows, columns);
  });
}

/** The Hungarian method takes cubic time in the size of a group. */
const largestGroup = 100;

/**
 * Groups candidates that share a row or a column, directly or through others (union-find with path halving).
 */
function groupCandidates<T extends PairCandidate>(candidates: readonly T[]): T[][] {
  const parents = new Map<number, number>();
  const find = (start: number): number => {
    let node = start;
    for (let next = parents.get(node) ?? node; next !== node; next = parents.get(node) ?? node) {
      const afterNext = parents.get(next) ?? next;
      parents.set(node, afterNext);
      node = afterNext;
    }
    return node;
  };
  const columnNode = (column: number) => -1 - column;
  for (const { row, column } of candidates) {
    const [a, b] = [find(row), find(columnNode(column))];
    if (a !== b) parents.set(b, a);
  }
  return [...Map.groupBy(candidates, ({ row }) => find(row)).values()];
}

function assignCheapestFirst<T extends PairCandidate>(group: readonly T[]): T[] {
  const [rows, columns] = [new Set<number>(), new Set<number>()];
  return group
    .toSorted((a, b) => a.cost - b.cost)
    .filter(({ row, column }) => {
      if (rows.has(row) || columns.has(column)) return false;
      rows.add(row);
      columns.add(column);
      return true;
    });
}

/** The cost of two entries without partners: one good pair is worth more than two bad ones. */
const forbidden = 1;

function assignGroup<T extends PairCandidate>(
  group: readonly T[],
  rows: readonly number[],
  columns: readonly number[],
): T[] {
  const size = Math.max(rows.length, columns.length);
  const rowAt = new Map(rows.map((row, index) => [row, index]));
  const columnAt = new Map(columns.map((column, index) => [column, index]));
  const costs = new Float64Array(size * size).fill(forbidden);
  const chosen: (T | undefined)[] = new Array(size * size);
  for (const candidate of group) {
    const at = (rowAt.get(candidate.row) ?? 0) * size + (columnAt.get(candidate.column) ?? 0);
    costs[at] = candidate.cost;
    chosen[at] = candidate;
  }
  return solve(costs, size).flatMap((column, row) => chosen[row * size + column] ?? []);
}

/**
 * Least-cost perfect matching of a square matrix (Hungarian method with potentials, O(n³)), given line by
 * line. Returns the column of each row.
 */
function solve(costs: Float64Array, size: number): number[] {
  const rowPotential = new Float64Array(size + 1);
  const columnPotential = new Float64Array(size + 1);
  const rowOf = new Int32Array(size + 1);
  const way = new Int32Array(size + 1);
  const least = new Float64Array(size + 1);
  const used = new Uint8Array(size + 1);
  for (let row = 1; row <= size; row++) {
    rowOf[0] = row;
    let column = 0;
    least.fill(Number.POSITIVE_INFINITY);
    used.fill(0);
    do {
      used[column] = 1;
      const current = rowOf[column] as number;
      const line = (current - 1) * size - 1;
      const potential = rowPotential[current] as number;
      let delta = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let j = 1; j <= size; j++) {
        if (used[j] === 1) continue;
        const reduced = (costs[line + j] as number) - potential - (columnPotential[j] as number);
        if (reduced < (least[j] as number)) {
          least[j] = reduced;
          way[j] = column;
        }
        if ((least[j] as number) < delta) {
          delta = least[j] as number;
          next = j;
        }
      }
      for (let j = 0; j <= size; j++) {
        if (used[j] === 1) {
          const at = rowOf[j] as number;
          rowPotential[at] = (rowPotential[at] as number) + delta;
          columnPotential[j] = (columnPotential[j] as number) - delta;
        } else least[j] = (least[j] as number) - delta;
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      const previous = way[column] as number;
      rowOf[column] = rowOf[previous] as number;
      column = previous;
    }
  }
  const columns = new Array<number>(size).fill(-1);
  for (let j = 1; j <= size; j++) columns[(rowOf[j] as number) - 1] = j - 1;
  return columns;
}
