import type { Site, Trial } from './trial.ts';

/** The fields that earlier projections did not have, with their empty values. */
export const laterFields = {
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
  registryStatus: null,
  statusBasis: 'stated',
  countries: [],
  recruitmentStart: null,
  recruitmentEnd: null,
  language: 'en',
  titles: [],
  resultsState: null,
  ageGroups: [],
} satisfies Partial<Trial>;

const names = Object.keys(laterFields) as (keyof typeof laterFields)[];

/**
 * Adds missing fields to a stored version; they count as unread. Never throws: a damaged version fails only
 * when it is used, for its own readers alone.
 */
export function completeTrial(stored: Trial): Trial {
  const missing = names.filter((name) => stored[name] === undefined);
  if (missing.length === 0) return stored;
  const unread = [...new Set([...(stored.unread ?? []), ...missing])];
  return { ...laterFields, ...stored, ...completeSites(stored), unread };
}

/** Sites of earlier versions, all of one registry, name no organisation. */
function completeSites({ sites }: Trial): Partial<Trial> {
  if (!Array.isArray(sites)) return {};
  return {
    sites: sites.map((site: Site) => ({
      ...site,
      orgId: site.orgId ?? null,
      department: site.department ?? '',
    })),
  };
}
