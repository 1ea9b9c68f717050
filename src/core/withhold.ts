import { type Facet, facetFacts } from './change.ts';
import { completeTrial } from './complete-trial.ts';
import type { Trial } from './trial.ts';

/** Hides held changes: the fields of each held facet get their earlier values. */
export function withholdFacets(trial: Trial, held: { facet: Facet; before: Trial }[]): Trial {
  const fields = held.flatMap(({ facet, before }) => {
    const { fields: own, shownIn = [] } = facetFacts(facet);
    const told = completeTrial(before);
    return [...own, ...shownIn].map((field) => [field, told[field]] as const);
  });
  return { ...trial, ...Object.fromEntries(fields) };
}
