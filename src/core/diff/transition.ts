import { type Facet, facets } from '../change.ts';
import { type TrialStatus, trialStatuses } from '../trial.ts';

/**
 * What many changes have in common: their facet and kind and, where their values are statuses, the status before and
 * after.
 */
export type Transition = {
  facet: Facet;
  kind: string;
  before: TrialStatus | null;
  after: TrialStatus | null;
};

/** Parses a transition as `src/db/ingest/transitions.ts` writes it, such as `status.status.RECRUITING.UNKNOWN`. */
export function readTransition(text: string): Transition | null {
  const [facetText, kind, ...values] = text.split('.');
  const facet = facets.find((one) => one === facetText);
  if (!facet || !kind || !/^[a-z-]+$/.test(kind) || values.length !== 2) return null;
  const [before, after] = values.map((value) => trialStatuses.find((one) => one === value) ?? null);
  if (values.some((value, at) => value !== ([before, after][at] ?? ''))) return null;
  return { facet, kind, before: before ?? null, after: after ?? null };
}

/** The number of own runs after which their counts say what is usual. */
const runsNeeded = 20;
/** How far above its usual count a transition is still usual. */
const usualFactor = 2;

/**
 * Whether a run has no more of a transition than usual. `usual`: trials per run, on average over `runs` earlier ones.
 * Never true if few runs are known or the transition was not seen before.
 */
export function isUsualCount(trials: number, { usual, runs }: { usual: number; runs: number }): boolean {
  return runs >= runsNeeded && trials <= usual * usualFactor;
}
