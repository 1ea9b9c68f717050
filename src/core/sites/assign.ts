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
  const costs = Array.from({ length: size }, () => new Array<number>(size).fill(forbidden));
  const chosen = new Map<string, T>();
  for (const candidate of group) {
    const [i, j] = [rowAt.get(candidate.row) ?? 0, columnAt.get(candidate.column) ?? 0];
    const line = costs[i];
    if (line) line[j] = candidate.cost;
    chosen.set(`${i}:${j}`, candidate);
  }
  return solve(costs).flatMap((column, row) => chosen.get(`${row}:${column}`) ?? []);
}

/**
 * Least-cost perfect matching of a square matrix (Hungarian method with potentials, O(n³)). Returns the
 * column of each row.
 */
function solve(costs: number[][]): number[] {
  const size = costs.length;
  const rowPotential = new Array<number>(size + 1).fill(0);
  const columnPotential = new Array<number>(size + 1).fill(0);
  const rowOf = new Array<number>(size + 1).fill(0);
  const way = new Array<number>(size + 1).fill(0);
  for (let row = 1; row <= size; row++) {
    rowOf[0] = row;
    let column = 0;
    const least = new Array<number>(size + 1).fill(Number.POSITIVE_INFINITY);
    const used = new Array<boolean>(size + 1).fill(false);
    do {
      used[column] = true;
      const current = rowOf[column] ?? 0;
      let delta = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let j = 1; j <= size; j++) {
        if (used[j]) continue;
        const cost = costs[current - 1]?.[j - 1] ?? forbidden;
        const reduced = cost - (rowPotential[current] ?? 0) - (columnPotential[j] ?? 0);
        if (reduced < (least[j] ?? 0)) {
          least[j] = reduced;
          way[j] = column;
        }
        if ((least[j] ?? 0) < delta) {
          delta = least[j] ?? 0;
          next = j;
        }
      }
      for (let j = 0; j <= size; j++) {
        if (used[j]) {
          const at = rowOf[j] ?? 0;
          rowPotential[at] = (rowPotential[at] ?? 0) + delta;
          columnPotential[j] = (columnPotential[j] ?? 0) - delta;
        } else least[j] = (least[j] ?? 0) - delta;
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      const previous = way[column] ?? 0;
      rowOf[column] = rowOf[previous] ?? 0;
      column = previous;
    }
  }
  const columns = new Array<number>(size).fill(-1);
  for (let j = 1; j <= size; j++) columns[(rowOf[j] ?? 0) - 1] = j - 1;
  return columns;
}
