import type { Trial, TrialField } from '../../core/trial.ts';
import { isConfidential } from './answer-schema.ts';
import { emptyCtisTrial } from './ctis-trial.ts';
import { onDay, sortCountries, toTrialCountry } from './member-states.ts';
import { sexOf } from './read-answer.ts';
import type { SearchRow } from './search-row.ts';
import { statusByCountries } from './statuses.ts';
import { ageGroupsInWords, phasesInWords } from './tables.ts';

/** What no row says, or says in another form than a record: the title for the public, for instance. */
const neverInRows: TrialField[] = [
  'aliases',
  'secondaryIds',
  'title',
  'titles',
  'keywords',
  'criteria',
  'healthyVolunteers',
  'summary',
  'arms',
  'interventions',
  'outcomes',
  'contacts',
  'sites',
  'collaborators',
];

/** Reads a row of the search into a Trial; `unread` lists what this row does not say. */
export function readRow(row: SearchRow): Trial {
  const countries = sortCountries(
    row.trialCountries.map(({ mscName, mscPublicStatusCode }) =>
      toTrialCountry(mscName, mscPublicStatusCode),
    ),
  );
  const gender = row.gender?.toLowerCase().split(/\W+/) ?? [];
  const absent = (Object.keys(fieldsOfKey) as (keyof typeof fieldsOfKey)[])
    .filter((key) => (row[key] ?? '') === '' || isConfidential(String(row[key])))
    .flatMap((key) => fieldsOfKey[key]);
  return {
    ...emptyCtisTrial(row.ctNumber),
    title: row.ctTitle || row.ctNumber,
    officialTitle: row.ctTitle || null,
    acronym: row.shortTitle || null,
    status: statusByCountries(
      row.ctStatus.status,
      countries.map(({ status }) => status),
    ),
    registryStatus: row.ctStatus.word,
    countries,
    startDate: onDay(row.startDateEU),
    completionDate: onDay(row.endDate ?? row.endDateEU),
    lastUpdatePostedOn: row.lastPublicationUpdate ?? row.lastUpdated ?? null,
    resultsState: row.resultsFirstReceived === 'YES' ? 'posted' : 'none',
    phases: phasesInWords(row.trialPhase ?? ''),
    enrollment: row.totalNumberEnrolled ? { count: row.totalNumberEnrolled, type: 'ESTIMATED' } : null,
    sponsor: row.sponsor
      ? { name: row.sponsor, class: row.sponsorType?.startsWith('Pharmaceutical') ? 'INDUSTRY' : 'OTHER' }
      : null,
    // The row joins several by commas, which also stand inside of one.
    conditions: row.conditions ? [row.conditions] : [],
    ageGroups: ageGroupsInWords(row.ageGroup ?? ''),
    sex: sexOf(gender.includes('female'), gender.includes('male')),
    unread: [...neverInRows, ...absent, ...(row.endDate || row.endDateEU ? [] : ['completionDate' as const])],
  };
}

/** The fields that rest on a part of a row. A row has no planned dates: those of an absent part are unread. */
const fieldsOfKey = {
  ctTitle: ['officialTitle'],
  shortTitle: ['acronym'],
  startDateEU: ['startDate'],
  resultsFirstReceived: ['resultsState'],
  trialPhase: ['phases'],
  totalNumberEnrolled: ['enrollment'],
  sponsor: ['sponsor'],
  conditions: ['conditions'],
  ageGroup: ['ageGroups'],
  gender: ['sex'],
} as const satisfies Partial<Record<keyof SearchRow, TrialField[]>>;
