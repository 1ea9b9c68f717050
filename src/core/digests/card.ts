import { countryKey } from '../countries.ts';
import { wordOfStatus } from '../status-groups.ts';
import type { Trial } from '../trial.ts';

/** A trial's present state as mails and pages need it beside its changes, without long texts. */
export type TrialCard = Pick<
  Trial,
  | 'registry'
  | 'id'
  | 'title'
  | 'status'
  | 'lastKnownStatus'
  | 'whyStopped'
  | 'verifiedOn'
  | 'startDate'
  | 'primaryCompletionDate'
  | 'completionDate'
  | 'firstPostedOn'
  | 'lastUpdatePostedOn'
  | 'resultsPostedOn'
  | 'studyType'
  | 'phases'
  | 'enrollment'
  | 'sponsor'
  | 'conditions'
  | 'minimumAge'
  | 'maximumAge'
  | 'sex'
> & { siteCount: number; recruitingSiteCount: number; countries: string[]; listedAs?: string | undefined };

/** A trial's present state without its long texts. */
export function cardOf(trial: Trial): TrialCard {
  const listed = trial.countries.length > 0 ? trial.countries.map(({ name }) => name) : null;
  const named = listed ?? trial.sites.flatMap(({ country }) => (country === '' ? [] : country));
  const word = wordOfStatus(trial);
  return {
    ...(word === null ? {} : { listedAs: word }),
    registry: trial.registry,
    id: trial.id,
    title: trial.title,
    status: trial.status,
    lastKnownStatus: trial.lastKnownStatus,
    whyStopped: trial.whyStopped,
    verifiedOn: trial.verifiedOn,
    startDate: trial.startDate,
    primaryCompletionDate: trial.primaryCompletionDate,
    completionDate: trial.completionDate,
    firstPostedOn: trial.firstPostedOn,
    lastUpdatePostedOn: trial.lastUpdatePostedOn,
    resultsPostedOn: trial.resultsPostedOn,
    studyType: trial.studyType,
    phases: trial.phases,
    enrollment: trial.enrollment,
    sponsor: trial.sponsor,
    conditions: trial.conditions,
    minimumAge: trial.minimumAge,
    maximumAge: trial.maximumAge,
    sex: trial.sex,
    siteCount: trial.sites.length,
    recruitingSiteCount: trial.sites.filter((site) => site.status === 'RECRUITING').length,
    countries: [...new Map(named.map((country) => [countryKey(country), country])).values()].sort(),
  };
}
