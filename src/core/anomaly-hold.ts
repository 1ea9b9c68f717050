import { type Facet, type Fate, facetFacts, facets, majorFacets } from './change.ts';
import { registryFacts } from './registries.ts';

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

/** Shares measured on 58 real updates of ClinicalTrials.gov, used until enough of our own runs are stored. */
export const firstShares: UsualShares = Object.fromEntries(
  facets.flatMap((facet) => {
    const { usualShare } = facetFacts(facet);
    return usualShare === undefined ? [] : [[facet, usualShare]];
  }),
);
/** The share taken for each facet of a registry whose updates were not measured: an estimate, not to hold too soon. */
const unmeasuredShare = 0.25;
/** Most news of a registry of countries is theirs. */
const unmeasured: UsualShares = {
  ...Object.fromEntries(facets.map((facet) => [facet, unmeasuredShare])),
  countries: 0.5,
};
/** The number of own runs after which their shares are used. */
const runsNeeded = 20;
/** The share of a facet that was too rare to be measured. */
const unknownShare = 0.07;
/** A facet with fewer changed trials is never held for its number. */
const leastTrials = 50;
/** If fewer trials are emptied at once, that may be chance. */
const leastEmptied = 5;
const oddsFactor = 8;
/** Keeps shares away from 0 and 1, whose odds are undefined. */
const shareMargin = 1e-3;

/**
 * The shares to compare a registry's run with: those of its own runs if there are enough, else the measured
 * ones, or estimates for a registry whose updates were not measured.
 */
export function usualShares(
  registry: string,
  { runs, shares }: { runs: number; shares: UsualShares },
): UsualShares {
  const first = registryFacts(registry)?.isMeasured ? firstShares : unmeasured;
  return runs < runsNeeded ? first : { ...first, ...shares };
}

/** The fields that a registry changes when something happens; on a day of rewriting it changes none. */
const livingFields = new Set<string>(
  majorFacets.flatMap((facet) => [...facetFacts(facet).fields, ...(facetFacts(facet).otherFields ?? [])]),
);

/** Whether a version tells new words of its record alone: something is told, and nothing living was edited. */
export function isRewording(edits: readonly { field: string; fate: Fate }[]): boolean {
  return edits.some(({ fate }) => fate === 'told') && edits.every(({ field }) => !livingFields.has(field));
}

/** More than this share of the compared records is reworded only when the registry rewrites them all. */
const rewordedShare = 0.5;

/**
 * Decides whether to hold everything of a run because the registry rewrote its records (X11): more than half
 * of at least 50 compared ones were only reworded.
 */
export function judgeRewording(
  { compared, reworded }: { compared: number; reworded: number },
  figures: FacetFigures[],
): HeldFacet[] {
  if (reworded < leastTrials || reworded <= compared * rewordedShare) return [];
  const reason = `${reworded} of ${compared} records were reworded without news, as when a registry rewrites them all`;
  return figures.map(({ facet }) => ({ facet, reason }));
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
