import type { Trial, TrialField } from '../../core/trial.ts';
import type { RawTrial } from './raw-trial.ts';

/**
 * What a record does not tell. The registry's forms changed: a field that only a newer form has must not look
 * like news when it comes (C15), nor one that was derived from words which are gone.
 */
export function findUnread(raw: RawTrial, trial: Trial): TrialField[] {
  const { minimumAge, maximumAge, ageGroups, allocation, masking, primaryPurpose, interventionModel } = trial;
  const hasLimits = minimumAge !== null || maximumAge !== null;
  const absent: [TrialField, boolean][] = [
    ['contacts', true],
    ['minimumAge', !hasLimits],
    ['maximumAge', !hasLimits],
    ['ageGroups', ageGroups.length === 0],
    ['healthyVolunteers', trial.healthyVolunteers === null],
    ['allocation', allocation === null],
    ['masking', masking === null],
    ['primaryPurpose', primaryPurpose === null],
    ['interventionModel', interventionModel === null],
    ['sex', trial.sex === null],
    ['resultsState', raw.results === undefined],
    ['papers', raw.results === undefined],
    ['sponsor', raw.sponsor === undefined],
    ['collaborators', raw.funder === undefined],
    ['firstPostedOn', trial.firstPostedOn === null],
  ];
  return absent.flatMap(([field, isAbsent]) => (isAbsent ? [field] : []));
}
