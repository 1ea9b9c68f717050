import { countryKey } from '../countries.ts';
import { cardOf } from '../digests/card.ts';
import { type Warning, warningsFor } from '../digests/warnings.ts';
import { registryName } from '../registries.ts';
import type { Instant, Trial, TrialField } from '../trial.ts';
import { statusBucket } from '../weight.ts';
import { warningSentence } from './digest/trial-words.ts';
import { codeName, quoteRegistry } from './values.ts';
import type { Wording } from './wording.ts';

/** One sentence about a trial, with the name of the record's field that it is based on. */
export type ReadingSentence = { rule: string; text: string; field: string };

/**
 * A record in plain language: what it says, what limits the trial or its evidence, and what it leaves out.
 */
export type Reading = { says: ReadingSentence[]; limits: ReadingSentence[]; lacks: string[] };

/** Below this number of participants, the number itself is named as a limit. */
const fewParticipants = 50;
const namesShown = 3;
const nameLength = 110;

/** The fields of a record that sentences are based on; each has a name in the messages. */
type Source =
  | 'study-type'
  | 'purpose'
  | 'phase'
  | 'model'
  | 'allocation'
  | 'masking'
  | 'arms'
  | 'enrollment'
  | 'interventions'
  | 'outcomes'
  | 'sites'
  | 'status'
  | 'verified'
  | 'completion'
  | 'primary-completion'
  | 'results'
  | 'volunteers';

/**
 * Summarises a trial's record in plain sentences, by rules from its own fields: facts, no promise, no verdict
 * on anybody's chances (D9). A field that was not read, or is withheld, yields no sentence and is not called
 * missing.
 */
export function readTrial(wording: Wording, trial: Trial, now: Instant): Reading {
  const sentence = (rule: string, source: Source, text: string): ReadingSentence => ({
    rule,
    text,
    field: wording.say(`trial.source.${source}`),
  });
  const facts = { wording, trial, sentence };
  return { says: sayFacts(facts), limits: sayLimits(facts, now), lacks: findLacks(wording, trial) };
}

type Facts = {
  wording: Wording;
  trial: Trial;
  sentence: (rule: string, source: Source, text: string) => ReadingSentence;
};

const phaseRules = ['NA', 'EARLY_PHASE1', 'PHASE1', 'PHASE2', 'PHASE3', 'PHASE4'];
const armRules = ['PLACEBO_COMPARATOR', 'SHAM_COMPARATOR', 'ACTIVE_COMPARATOR', 'NO_INTERVENTION'];

function sayFacts({ wording, trial, sentence }: Facts): ReadingSentence[] {
  const { studyType, primaryPurpose, allocation, interventionModel, masking, enrollment } = trial;
  const said: ReadingSentence[] = [];
  const add = (rule: string, source: Source, text: string) => said.push(sentence(rule, source, text));

  if (studyType && wording.has(`trial.type.${studyType}`))
    add('type', 'study-type', wording.say(`trial.type.${studyType}`));
  const purpose = codeName(wording, 'purpose', primaryPurpose);
  if (purpose) add('purpose', 'purpose', wording.say('trial.reading.purpose', { purpose }));
  const tested = quotedNames(
    wording,
    trial.interventions.map(({ name }) => name),
  );
  if (tested)
    add(
      'tested',
      'interventions',
      studyType === 'OBSERVATIONAL'
        ? wording.say('trial.reading.looked-at', { names: tested })
        : wording.say('trial.reading.tested', { names: tested }),
    );
  const measured = quotedNames(
    wording,
    trial.outcomes.filter(({ kind }) => kind === 'primary').map(({ measure }) => measure),
  );
  if (measured) add('measured', 'outcomes', wording.say('trial.reading.measured', { names: measured }));
  for (const phase of trial.phases)
    if (phaseRules.includes(phase)) add(`phase-${phase}`, 'phase', wording.say(`trial.phase.${phase}`));
  if (isOneGroup(trial)) add('one-group', 'model', wording.say('trial.reading.one-group'));
  else if (interventionModel === 'CROSSOVER')
    add('crossover', 'model', wording.say('trial.reading.crossover'));
  if (allocation === 'RANDOMIZED') add('by-chance', 'allocation', wording.say('trial.reading.by-chance'));
  for (const type of armRules)
    if (trial.arms.some((arm) => arm.type === type))
      add(`arm-${type}`, 'arms', wording.say(`trial.arm.${type}`));
  if (masking && masking !== 'NONE')
    add(
      'masked',
      'masking',
      masking === 'SINGLE'
        ? wording.say('trial.reading.masked-one')
        : wording.say('trial.reading.masked-many'),
    );
  if (enrollment && enrollment.count > 0)
    add(
      'enrollment',
      'enrollment',
      wording.say('trial.reading.enrollment', { count: enrollment.count, type: enrollment.type ?? 'none' }),
    );
  if (trial.healthyVolunteers) add('volunteers', 'volunteers', wording.say('trial.reading.volunteers'));
  const countries = new Set(
    trial.sites.map(({ country }) => countryKey(country)).filter((key) => key !== ''),
  );
  if (trial.sites.length > 0)
    add(
      'sites',
      'sites',
      wording.say('trial.reading.sites', { sites: trial.sites.length, countries: countries.size }),
    );
  return said;
}

function sayLimits({ wording, trial, sentence }: Facts, now: Instant): ReadingSentence[] {
  const { studyType, phases, enrollment, masking, allocation, status } = trial;
  const isTested = studyType === 'INTERVENTIONAL';
  const bucket = statusBucket(status);
  const said: ReadingSentence[] = [];
  const add = (rule: string, source: Source, text: string) => said.push(sentence(rule, source, text));

  if (studyType === 'OBSERVATIONAL')
    add('observational', 'study-type', wording.say('trial.limit.observational'));
  if (enrollment && enrollment.count === 0) add('nobody', 'enrollment', wording.say('trial.limit.nobody'));
  else if (enrollment && enrollment.count < fewParticipants)
    add('small', 'enrollment', wording.say('trial.limit.small', { count: enrollment.count }));
  if (phases.includes('EARLY_PHASE1') || phases.includes('PHASE1'))
    add('early', 'phase', wording.say('trial.limit.early'));
  if (isTested && isOneGroup(trial)) add('no-comparison', 'model', wording.say('trial.limit.no-comparison'));
  else if (allocation === 'NON_RANDOMIZED')
    add('not-by-chance', 'allocation', wording.say('trial.limit.not-by-chance'));
  if (isTested && masking === 'NONE') add('open-label', 'masking', wording.say('trial.limit.open-label'));
  if (trial.sites.length === 1) add('one-site', 'sites', wording.say('trial.limit.one-site'));
  if (bucket === 'stopped') add('stopped', 'status', wording.say('trial.limit.stopped'));
  if (status === 'UNKNOWN') {
    const since = trial.verifiedOn === null ? 'none' : wording.date(trial.verifiedOn);
    add('unknown', 'status', wording.say('trial.limit.unknown', { since }));
  }
  const hasEnded = bucket === 'finished' || bucket === 'stopped';
  if (
    hasEnded &&
    status !== 'WITHDRAWN' &&
    trial.resultsPostedOn === null &&
    (trial.resultsState === null || trial.resultsState === 'none') &&
    isRead(trial, 'resultsPostedOn') &&
    isRead(trial, 'resultsState')
  )
    add(
      'no-results',
      'results',
      wording.say('trial.limit.no-results', { registry: registryName(trial.registry) }),
    );
  for (const warning of warningsFor(cardOf(trial), now))
    add(warning.kind, sourceOfWarning[warning.kind], warningSentence(wording, warning));
  return said;
}

const sourceOfWarning: Record<Warning['kind'], Source> = {
  'past-completion': 'completion',
  'past-primary-completion': 'primary-completion',
  unverified: 'verified',
  'never-verified': 'verified',
};

/** Facts of interest that were requested and that the record does not give. */
function findLacks(wording: Wording, trial: Trial): string[] {
  const isTested = trial.studyType === 'INTERVENTIONAL';
  const rows: [Source | 'ages' | 'criteria' | 'sponsor', boolean, TrialField][] = [
    ['study-type', trial.studyType === null, 'studyType'],
    ['phase', isTested && trial.phases.length === 0, 'phases'],
    ['allocation', isTested && !isOneGroup(trial) && trial.allocation === null, 'allocation'],
    ['masking', isTested && trial.masking === null, 'masking'],
    ['enrollment', trial.enrollment === null, 'enrollment'],
    ['completion', trial.completionDate === null && trial.primaryCompletionDate === null, 'completionDate'],
    [
      'ages',
      trial.minimumAge === null && trial.maximumAge === null && trial.ageGroups.length === 0,
      'minimumAge',
    ],
    ['criteria', trial.criteria === '', 'criteria'],
    ['sites', trial.sites.length === 0, 'sites'],
    ['sponsor', trial.sponsor === null, 'sponsor'],
  ];
  return rows
    .filter(([, isMissing, field]) => isMissing && isRead(trial, field))
    .map(([source]) => wording.say(`trial.source.${source}`));
}

function isRead(trial: Trial, field: TrialField): boolean {
  return !trial.unread.includes(field);
}

/** Whether the trial has one group, by the design in the record; if it names none, by a single arm. */
function isOneGroup({ studyType, interventionModel, arms }: Trial): boolean {
  if (studyType !== 'INTERVENTIONAL') return false;
  return interventionModel === null ? arms.length === 1 : interventionModel === 'SINGLE_GROUP';
}

/** The first names in the registry's words, quoted, and the number of the others; empty if there are none. */
function quotedNames(wording: Wording, names: string[]): string {
  const quoted = [...new Set(names)].flatMap((name) => {
    const text = quoteRegistry(wording, name, nameLength);
    return text === '' ? [] : [wording.say('other.item', { text })];
  });
  if (quoted.length <= namesShown) return wording.list(quoted);
  return wording.say('card.more', {
    shown: quoted.slice(0, namesShown).join(', '),
    count: quoted.length - namesShown,
  });
}
