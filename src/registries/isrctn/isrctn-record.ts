import type { Trial } from '../../core/trial.ts';
import type { RegistryRecord } from '../adapter.ts';
import { emptyTrial } from '../empty-trial.ts';
import { describeFault, type FaultWords } from '../record-fault.ts';
import { readCentres, readCountries } from './centres.ts';
import { statusOn } from './dated-status.ts';
import { givenProse } from './given.ts';
import { isIsrctn } from './isrctn-numbers.ts';
import { keepRecord } from './kept.ts';
import { readOtherNumbers } from './other-numbers.ts';
import { readPublications, readResultsState } from './publications.ts';
import { RawTrial } from './raw-trial.ts';
import {
  readAges,
  readDesign,
  readEnrollment,
  readInterventions,
  readOutcomes,
  readSex,
} from './study-design.ts';
import { findUnread } from './unread.ts';

/** The registry's id in code, tables and URLs. */
export const isrctnId = 'isrctn';

const faultWords: FaultWords = {
  record: 'record of the ISRCTN registry',
  names: { isrctn: 'ISRCTN number' },
};

/**
 * Reads a raw record: the XML's element as `readXml` gives it, its kept form, or the JSON of ctrdata. The
 * status is that of the day of the last edit: `statusOn` gives any other day's. `raw` of the answer is the
 * kept form, without persons (X10). Never throws (C8, C9).
 */
export function readIsrctnRecord(given: unknown): RegistryRecord {
  const raw = keepRecord(given);
  const parsed = RawTrial.safeParse(raw);
  if (!parsed.success)
    return { ok: false, id: idOf(raw), reason: describeFault(parsed.error.issues, raw, faultWords), raw };
  const id = idOf(raw);
  const fault = findFault(id, parsed.data);
  if (id === null || fault !== null) return { ok: false, id, reason: fault ?? '', raw };
  const trial = toTrial(id, parsed.data);
  const { lastUpdatePostedOn, recruitmentStart } = trial;
  const day = lastUpdatePostedOn ?? recruitmentStart?.date;
  return { ok: true, trial: day ? statusOn(trial, day) : trial, contacts: [], raw };
}

function idOf(raw: unknown): string | null {
  const { isrctn } = raw as { isrctn?: string | { '#text'?: string } };
  const digits = (typeof isrctn === 'string' ? isrctn : isrctn?.['#text'])?.replace(/^ISRCTN/i, '').trim();
  const id = `ISRCTN${digits}`;
  return isIsrctn(id) ? id : null;
}

function findFault(
  id: string | null,
  { trialDescription, participants, trialDesign }: RawTrial,
): string | null {
  if (id === null) return 'The record has no ISRCTN number.';
  const { title, scientificTitle } = trialDescription;
  if (title === '' && scientificTitle === '') return 'The record has no title.';
  const isStated = statedStatus({ participants, trialDesign }) !== null;
  const { recruitmentStart, recruitmentEnd } = participants;
  if (!isStated && recruitmentStart === null && recruitmentEnd === null)
    return 'The record is thin: it has neither a status nor dates of recruitment.';
  return null;
}

/** The registry's own word for the status, which stands above the dates. */
function statedStatus({ participants, trialDesign }: Pick<RawTrial, 'participants' | 'trialDesign'>) {
  return (
    trialDesign.overallStatusOverride ??
    participants.recruitmentStatusOverride ??
    participants.recruitmentStartStatusOverride
  );
}

const orNull = (text: string) => (text === '' ? null : text);

function toTrial(id: string, raw: RawTrial): Trial {
  const { trialDescription: about, participants, trialDesign, results } = raw;
  const stated = statedStatus(raw);
  const trial: Trial = {
    ...emptyTrial(isrctnId, id),
    secondaryIds: readOtherNumbers(raw.externalRefs),
    title: about.title || about.scientificTitle,
    officialTitle: orNull(about.scientificTitle),
    acronym: orNull(about.acronym),
    status: stated?.status ?? 'UNKNOWN',
    statusBasis: stated ? 'stated' : 'dates',
    registryStatus: stated?.word ?? null,
    whyStopped: stated ? orNull(givenProse(trialDesign.reasonAbandoned)) : null,
    countries: readCountries(participants.recruitmentCountries),
    startDate: participants.recruitmentStart,
    recruitmentStart: participants.recruitmentStart,
    recruitmentEnd: participants.recruitmentEnd,
    completionDate: trialDesign.overallEndDate,
    firstPostedOn: raw.isrctn['@dateAssigned'],
    lastUpdatePostedOn: raw['@lastUpdated'],
    resultsState: results ? readResultsState(results) : null,
    papers: readPublications(results?.publicationDetails ?? ''),
    ...readDesign(raw),
    enrollment: readEnrollment(participants),
    sponsor: toSponsor(raw.sponsor?.[0]),
    collaborators: [...new Set(raw.funder?.map(({ name }) => name))]
      .filter((name) => name !== '')
      .sort()
      .map((name) => ({ name, class: null })),
    conditions: raw.conditions.flatMap(({ description }) => toConditions(description)),
    keywords: raw.conditions.flatMap(({ diseaseClass2 }) => (diseaseClass2 ? [diseaseClass2] : [])),
    criteria: toCriteria(participants),
    ...readAges(participants),
    sex: readSex(participants.gender),
    healthyVolunteers: participants.healthyVolunteersAllowed,
    summary: givenProse(about.plainEnglishSummary),
    description: givenProse(about.studyHypothesis),
    interventions: readInterventions(raw.interventions),
    outcomes: [
      ...readOutcomes('primary', givenProse(about.primaryOutcome), about.primaryOutcomes),
      ...readOutcomes('secondary', givenProse(about.secondaryOutcome), about.secondaryOutcomes),
    ],
    sites: readCentres(participants.trialCentres),
  };
  return { ...trial, unread: findUnread(raw, trial) };
}

function toSponsor(sponsor: NonNullable<RawTrial['sponsor']>[number] | undefined): Trial['sponsor'] {
  if (sponsor === undefined || sponsor.organisation === '') return null;
  return {
    name: sponsor.organisation,
    class: /^commercial/i.test(sponsor.commercialStatus) ? 'INDUSTRY' : null,
  };
}

/** A longer line is prose about the participants, not a name. */
const longestName = 120;

/** The conditions: one in each line, unless a line is prose. */
function toConditions(description: string): string[] {
  const lines = description.split('\n').map((line) => line.trim());
  const names = lines.filter((line) => line !== '');
  return names.every((name) => name.length <= longestName) ? names : [names.join(' ')];
}

function toCriteria({ inclusion, exclusion }: RawTrial['participants']): string {
  const parts = [
    ['Inclusion criteria:', givenProse(inclusion)],
    ['Exclusion criteria:', givenProse(exclusion)],
  ] as const;
  return parts.flatMap(([title, text]) => (text === '' ? [] : [`${title}\n\n${text}`])).join('\n\n');
}
