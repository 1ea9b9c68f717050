/**
 * The figures of a run, in the order of lists. `outdated` and `replaced` count dropped records: older than the stored
 * one, and under a number that another trial has taken over.
 */
export const runFigureNames = [
  'seen',
  'new',
  'adopted',
  'changed',
  'changes',
  'held',
  'quarantined',
  'removed',
  'outdated',
  'replaced',
] as const;

/** The value of each figure. */
export type RunFigures = Record<(typeof runFigureNames)[number], number>;

/** Makes figures with the values that `read` returns. */
export function makeFigures(read: (name: keyof RunFigures) => number): RunFigures {
  return Object.fromEntries(runFigureNames.map((name) => [name, read(name)])) as RunFigures;
}

/** The figures of a run that has read nothing. */
export const noFigures: RunFigures = makeFigures(() => 0);
