import type { Facet } from './change.ts';
import type { Trial, TrialField } from './trial.ts';

/** The fields that a facet's changes speak of, as far as a mail shows, matches or filters by them. */
const fieldsOf: Partial<Record<Facet, TrialField[]>> = {
  status: ['status', 'lastKnownStatus', 'whyStopped'],
  'expanded-access': ['status', 'lastKnownStatus', 'hasExpandedAccess'],
  sites: ['sites'],
  dates: ['startDate', 'primaryCompletionDate', 'completionDate'],
  results: ['resultsPostedOn', 'resultsSubmittedOn', 'resultsHash'],
  enrollment: ['enrollment'],
  eligibility: ['criteria', 'minimumAge', 'maximumAge', 'sex', 'healthyVolunteers'],
  design: ['studyType', 'phases'],
  title: ['title', 'officialTitle', 'acronym'],
  sponsor: ['sponsor', 'collaborators'],
  conditions: ['conditions', 'keywords'],
};

/** A trial as it was told last: of each facet that is held back, the value before. */
export function withholdFacets(trial: Trial, held: { facet: Facet; before: Trial }[]): Trial {
  const fields = held.flatMap(({ facet, before }) =>
    (fieldsOf[facet] ?? []).map((field) => [field, before[field]] as const),
  );
  return { ...trial, ...Object.fromEntries(fields) };
}
