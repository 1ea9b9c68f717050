import type { Trial } from './trial.ts';

/** The fields that earlier projections did not have, with their empty values. */
const laterFields = {
  resultsDelayedOn: null,
  postingDelayed: null,
  violations: [],
  hasViolation: null,
  papers: [],
  retractions: [],
  documents: [],
  dataSharing: null,
  linkedAccess: null,
  genderBased: null,
  genderDescription: null,
  studyPopulation: '',
} satisfies Partial<Trial>;

const names = Object.keys(laterFields) as (keyof typeof laterFields)[];

/**
 * Adds missing fields to a stored version; they count as unread. Never throws: a damaged version fails only
 * when it is used, for its own readers alone.
 */
export function completeTrial(stored: Trial): Trial {
  const missing = names.filter((name) => stored[name] === undefined);
  if (missing.length === 0) return stored;
  return { ...laterFields, ...stored, unread: [...new Set([...(stored.unread ?? []), ...missing])] };
}
