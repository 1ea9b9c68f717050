import { type Facet, facetFacts, facets } from './change.ts';

/** The changes of one facet in one run, counted in trials. */
export type FacetFigures = {
  facet: Facet;
  /** Trials with a change of this facet. */
  trials: number;
  /**
   * Of these, trials whose record kept its update date. Trials that became UNKNOWN by the calendar do not
   * count.
   */
  silent: number;
  /** Of these, trials that lost every value of the facet. */
  emptied: number;
};

/** A facet to hold, with the reason for the admin who decides. */
export type HeldFacet = { facet: Facet; reason: string };

/** The usual share of a run's changed trials that each facet has, from 0 to 1. */
export type UsualShares = Partial<Record<Facet, number>>;

/** Shares measured on 58 real updates. They are used until enough of our own runs are stored. */
export const firstShares: UsualShares = Object.fromEntries(
  facets.flatMap((facet) => {
    const { usualShare } = facetFacts(facet);
    return usualShare === undefined ? [] : [[facet, usualShare]];
  }),
);
/** The number of own runs after which their shares are used. */
const runsNeeded = 20;
/** The share of a facet that was not measured. */
const unknownShare = 0.07;
/** A facet with fewer changed trials is never held for its number. */
const leastTrials = 50;
/** If fewer trials are emptied at once, that may be chance. */
const leastEmptied = 5;
const oddsFactor = 8;
/** Keeps shares away from 0 and 1, whose odds are undefined. */
const shareMargin = 1e-3;

/** The shares to compare a run with: those of our own runs if there are enough, else the measured ones. */
export function usualShares({ runs, shares }: { runs: number; shares: UsualShares }): UsualShares {
  return runs < runsNeeded ? firstShares : { ...firstShares, ...shares };
}

/**
 * Decides which facets of a run to hold because the registry probably made a mistake (C12): facets that at
 * least 50 trials changed at more than 8 times the usual odds or without a new update date, and facets that
 * were emptied in every trial that changed them.
 */
export function judgeRun(changedTrials: number, figures: FacetFigures[], usual: UsualShares): HeldFacet[] {
  return figures.flatMap(({ facet, trials, silent, emptied }) => {
    if (emptied >= leastEmptied && emptied === trials) {
      return { facet, reason: `emptied in all ${trials} trials that changed it` };
    }
    if (silent >= leastTrials) {
      return { facet, reason: `changed in ${silent} trials whose update date stayed` };
    }
    const share = trials / Math.max(changedTrials, 1);
    const usualShare = usual[facet] ?? unknownShare;
    if (trials >= leastTrials && oddsOf(share) > oddsFactor * oddsOf(usualShare)) {
      return {
        facet,
        reason: `changed in ${trials} of ${changedTrials} changed trials (${percent(share)}; usually ${percent(usualShare)})`,
      };
    }
    return [];
  });
}

function oddsOf(share: number): number {
  const inside = Math.min(Math.max(share, shareMargin), 1 - shareMargin);
  return inside / (1 - inside);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
