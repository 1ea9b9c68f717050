import type { Trial } from './trial.ts';

/** The fields that readings of earlier releases did not know, with what stands for nothing. */
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
 * A stored version with every field there is; those that its reading did not know count as unread. Never throws: a damaged
 * version is found where it is told, and hurts only who is told of it.
 */
export function completeTrial(stored: Trial): Trial {
  const missing = names.filter((name) => stored[name] === undefined);
  if (missing.length === 0) return stored;
  return { ...laterFields, ...stored, unread: [...new Set([...(stored.unread ?? []), ...missing])] };
}
