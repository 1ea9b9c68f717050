import { type Facet, facetFacts, facets } from './change.ts';

/** What one run changed of one facet, counted in trials. */
export type FacetFigures = {
  facet: Facet;
  /** Trials with a change of this facet. */
  trials: number;
  /** Of these, those whose record kept its update date, UNKNOWN by the calendar not counted. */
  silent: number;
  /** Of these, those that lost every value of the facet. */
  emptied: number;
};

/** A facet to hold back, and why, for the admin who decides. */
export type HeldFacet = { facet: Facet; reason: string };

/** How often each facet is among a run's changed trials, 0 to 1. */
export type UsualShares = Partial<Record<Facet, number>>;

/** Shares measured on 58 real updates; they count until enough own runs are stored. */
export const firstShares: UsualShares = Object.fromEntries(
  facets.flatMap((facet) => {
    const { usualShare } = facetFacts(facet);
    return usualShare === undefined ? [] : [[facet, usualShare]];
  }),
);
/** Own runs needed before their shares count as usual. */
const runsNeeded = 20;
/** For a facet nobody measured. */
const unknownShare = 0.07;
/** Fewer trials are never held for being many. */
const leastTrials = 50;
/** Fewer trials emptied at once may be chance. */
const leastEmptied = 5;
const oddsFactor = 8;
/** A share of all or nothing has no odds. */
const shareMargin = 1e-3;

/** The shares that a run is compared with: those of one's own runs when they are enough, else the measured ones. */
export function usualShares({ runs, shares }: { runs: number; shares: UsualShares }): UsualShares {
  return runs < runsNeeded ? firstShares : { ...firstShares, ...shares };
}

/**
 * Decides which facets of a run to hold because they look like the registry's mistake rather than the sponsors' work
 * (C12): facets that at least 50 trials changed at more than 8 times the usual odds or without a new update date, and
 * facets that were emptied in every trial that changed them.
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
