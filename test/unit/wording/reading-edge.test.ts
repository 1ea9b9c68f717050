import { describe, expect, it } from 'vitest';
import type { Trial } from '../../../src/core/trial.ts';
import { readTrial } from '../../../src/core/wording/trial-summary.ts';
import { codeName } from '../../../src/core/wording/values.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { someSite, someTrial } from '../../support/arbitrary-trial.ts';

const wording = createWording('en');
const now = '2026-11-21T08:00:00.000Z';

/** A record of which there is nothing to say, and that was confirmed a month ago. */
const silent: Partial<Trial> = {
  status: 'RECRUITING',
  verifiedOn: '2026-10',
  studyType: null,
  phases: [],
  allocation: null,
  interventionModel: null,
  masking: null,
  primaryPurpose: null,
  enrollment: null,
  completionDate: null,
  primaryCompletionDate: null,
  healthyVolunteers: null,
  arms: [],
  interventions: [],
  outcomes: [],
  sites: [],
};
const read = (over: Partial<Trial>) => readTrial(wording, someTrial({ ...silent, ...over }), now);
const lines = (sentences: { rule: string; text: string; field: string }[]) =>
  sentences.map(({ rule, text, field }) => `${rule} | ${text} | ${field}`);
const says = (over: Partial<Trial>) => lines(read(over).says);
const limits = (over: Partial<Trial>) => lines(read(over).limits);

const arm = (type: string | null) => ({ label: 'A', type, description: '' });
const drugs = (...names: string[]) => names.map((name) => ({ type: 'DRUG', name, description: '' }));
const outcome = (kind: 'primary' | 'secondary' | 'other', measure: string) => ({
  kind,
  measure,
  timeFrame: '',
  description: '',
});

type Rows = [over: Partial<Trial>, expected: string[]][];

const typeIs = {
  INTERVENTIONAL: 'type | The trial tests a treatment, a product, or another approach. | Type of study',
  OBSERVATIONAL: 'type | The study observes people. It does not assign them a treatment. | Type of study',
};
const oneGroup = 'one-group | Everyone who takes part is in one group. | How the groups are set up';
const masked = (sides: string) => `masked | ${sides}, is not told who gets what. | Who knows who gets what`;

describe('sentences about a record', () => {
  it.each([
    [{}, []],
    [{ studyType: 'INTERVENTIONAL' }, [typeIs.INTERVENTIONAL]],
    [{ studyType: 'OBSERVATIONAL' }, [typeIs.OBSERVATIONAL]],
    [{ studyType: 'PATIENT_REGISTRY' }, []],
    [{ primaryPurpose: 'TREATMENT' }, ['purpose | The aim named in the record: to treat a condition. | Aim']],
    [{ primaryPurpose: 'A_NEW_CODE' }, []],
    [
      { phases: ['NA'] },
      [
        'phase-NA | The record says that phases do not apply. Phases are used mostly for trials of medicines and vaccines. | Phase',
      ],
    ],
    [{ phases: ['PHASE9'] }, []],
    [
      { phases: ['PHASE1', 'PHASE2'] },
      [
        'phase-PHASE1 | Phase 1: it looks for side effects and for the right dose. | Phase',
        'phase-PHASE2 | Phase 2: it looks for first signs of an effect, and keeps looking for side effects. | Phase',
      ],
    ],
    [
      { interventionModel: 'CROSSOVER' },
      ['crossover | Each group gets one thing first and another later. | How the groups are set up'],
    ],
    [{ interventionModel: 'PARALLEL' }, []],
    [
      { allocation: 'RANDOMIZED' },
      ['by-chance | Chance decides who is in which group. | How people are put in groups'],
    ],
    [{ allocation: 'NON_RANDOMIZED' }, []],
    [{ masking: 'NONE' }, []],
    [{ masking: 'SINGLE' }, [masked('One side, such as the participants or those who examine them')]],
    [{ masking: 'QUADRUPLE' }, [masked('More than one side, such as the participants and their doctors')]],
    [
      { healthyVolunteers: true },
      ['volunteers | The record says that healthy volunteers can take part. | Healthy volunteers'],
    ],
    [{ healthyVolunteers: false }, []],
  ] as Rows)('of %j alone', (over, expected) => {
    expect(says(over)).toEqual(expected);
  });

  it.each(['EARLY_PHASE1', 'PHASE3', 'PHASE4'])('has a sentence for %s', (phase) => {
    expect(read({ phases: [phase] }).says.map(({ rule }) => rule)).toEqual([`phase-${phase}`]);
  });

  it.each([
    [
      'PLACEBO_COMPARATOR',
      'At least one group gets a placebo, which looks the same but has no medicine in it. The record may name other treatment that this group gets too.',
    ],
    ['SHAM_COMPARATOR', 'At least one group gets a sham: it seems like the treatment but is not.'],
    ['ACTIVE_COMPARATOR', 'At least one group gets another treatment to compare with.'],
    [
      'NO_INTERVENTION',
      'At least one group does not get what is tested. This says nothing about their usual care.',
    ],
  ])('names a group of the kind %s once, however many there are', (type, text) => {
    expect(says({ arms: [arm('EXPERIMENTAL'), arm(type), arm(type), arm(null)] })).toEqual([
      `arm-${type} | ${text} | Groups`,
    ]);
  });

  it('takes one group from the design; from its arms only where no design is named; never for an observed group', () => {
    const tested = { studyType: 'INTERVENTIONAL' } as const;
    expect(says({ ...tested, interventionModel: 'SINGLE_GROUP' })).toEqual([typeIs.INTERVENTIONAL, oneGroup]);
    expect(says({ ...tested, arms: [arm('EXPERIMENTAL')] })).toEqual([typeIs.INTERVENTIONAL, oneGroup]);
    expect(says({ ...tested, arms: [] })).toEqual([typeIs.INTERVENTIONAL]);
    expect(says({ ...tested, arms: [arm('EXPERIMENTAL'), arm('OTHER')] })).toEqual([typeIs.INTERVENTIONAL]);
    expect(says({ ...tested, interventionModel: 'PARALLEL', arms: [arm('OTHER')] })).toEqual([
      typeIs.INTERVENTIONAL,
    ]);
    expect(says({ studyType: 'OBSERVATIONAL', interventionModel: 'SINGLE_GROUP' })).toEqual([
      typeIs.OBSERVATIONAL,
    ]);
    expect(says({ studyType: null, arms: [arm('EXPERIMENTAL')] })).toEqual([]);
  });

  it('says how many people are planned, joined, or given without saying which; of nobody it says nothing', () => {
    const people = (count: number, type: 'ACTUAL' | 'ESTIMATED' | null) =>
      read({ enrollment: { count, type } }).says;
    const sentence = (text: string) => [{ rule: 'enrollment', text, field: 'Participants' }];
    expect(people(1, 'ESTIMATED')).toEqual(sentence('It plans to include 1 person.'));
    expect(people(1_200, 'ACTUAL')).toEqual(sentence('It includes 1,200 people.'));
    expect(people(80, null)).toEqual(sentence('The number of people given is 80.'));
    expect(people(0, 'ACTUAL')).toEqual([]);
  });

  it('counts sites, and each country once; a site that names none has none', () => {
    const at = (...countries: string[]) => says({ sites: countries.map((country) => someSite({ country })) });
    expect(at('')).toEqual(['sites | The record lists 1 site. | Sites']);
    expect(at('Norway')).toEqual(['sites | The record lists 1 site in 1 country. | Sites']);
    expect(at('Norway', 'Chad', 'Norway', '')).toEqual([
      'sites | The record lists 4 sites in 2 countries. | Sites',
    ]);
  });

  it('quotes up to three names in the registry’s words, each once, and counts the others', () => {
    const tested = (...names: string[]) => says({ interventions: drugs(...names) });
    const sentence = (names: string) => [`tested | What people get or do: ${names}. | What people get or do`];
    expect(tested('')).toEqual([]);
    expect(tested('Exampline')).toEqual(sentence('“Exampline”'));
    expect(tested('A', 'B', 'A', '  ')).toEqual(sentence('“A” and “B”'));
    expect(tested('A', 'B', 'C')).toEqual(sentence('“A”, “B”, and “C”'));
    expect(tested('A', 'B', 'C', 'D', 'E')).toEqual(sentence('“A”, “B”, “C” and 2 more'));
    expect(tested('x'.repeat(110))).toEqual(sentence(`“${'x'.repeat(110)}”`));
    expect(tested('x'.repeat(111))).toEqual(sentence(`“${'x'.repeat(109)}…”`));
  });

  it('tests nothing where it observes: things are looked at', () => {
    expect(says({ studyType: 'OBSERVATIONAL', interventions: drugs('Walking') })).toEqual([
      typeIs.OBSERVATIONAL,
      'tested | What the study looks at: “Walking”. | What people get or do',
    ]);
  });

  it('names the primary outcomes, not the secondary ones', () => {
    expect(says({ outcomes: [outcome('secondary', 'Weight'), outcome('other', 'Sleep')] })).toEqual([]);
    expect(
      says({
        outcomes: [outcome('secondary', 'Weight'), outcome('primary', 'Pain'), outcome('primary', 'Falls')],
      }),
    ).toEqual(['measured | Main things measured: “Pain” and “Falls”. | What is measured']);
  });

  it('begins with the kind of trial and ends with its places', () => {
    const { says: said } = read({
      studyType: 'INTERVENTIONAL',
      primaryPurpose: 'PREVENTION',
      interventions: drugs('Exampline'),
      outcomes: [outcome('primary', 'Pain')],
      phases: ['PHASE3'],
      interventionModel: 'CROSSOVER',
      allocation: 'RANDOMIZED',
      arms: [arm('NO_INTERVENTION'), arm('PLACEBO_COMPARATOR')],
      masking: 'DOUBLE',
      enrollment: { count: 90, type: 'ACTUAL' },
      healthyVolunteers: true,
      sites: [someSite()],
    });
    expect(said.map(({ rule }) => rule)).toEqual([
      'type',
      'purpose',
      'tested',
      'measured',
      'phase-PHASE3',
      'crossover',
      'by-chance',
      'arm-PLACEBO_COMPARATOR',
      'arm-NO_INTERVENTION',
      'masked',
      'enrollment',
      'volunteers',
      'sites',
    ]);
  });
});

const small = (text: string) =>
  `small | It is small: ${text}. With few people, what is seen may be due to chance. | Participants`;
const early =
  'early | It is an early trial, at least in part. Such trials look first at side effects and at the dose. | Phase';
const noComparison =
  'no-comparison | There is no group to compare with. So the trial alone cannot show how people would do without what is tested. | How the groups are set up';
const notByChance =
  'not-by-chance | People are not put in groups by chance, so the groups may differ from the start. | How people are put in groups';
const openLabel =
  'open-label | Everyone knows who gets what (open label). Knowing it can change how people feel and what is noted. | Who knows who gets what';
const stopped = 'stopped | It ended early or never began, so its question may stay unanswered. | Status';
const noResults =
  'no-results | It has ended, and no results tables are posted on ClinicalTrials.gov. | Results posted';
const tested = { studyType: 'INTERVENTIONAL' } as const;
const observing =
  'observational | Observing alone cannot show that one thing causes another. | Type of study';

describe('what limits a trial', () => {
  it.each([
    [{}, []],
    [{ studyType: 'OBSERVATIONAL' }, [observing]],
    [
      { enrollment: { count: 0, type: 'ACTUAL' } },
      ['nobody | The record gives the number of participants as 0. | Participants'],
    ],
    [{ enrollment: { count: 1, type: 'ACTUAL' } }, [small('1 person')]],
    [{ enrollment: { count: 49, type: 'ACTUAL' } }, [small('49 people')]],
    [{ enrollment: { count: 50, type: 'ACTUAL' } }, []],
    [{ phases: ['PHASE1', 'PHASE2'] }, [early]],
    [{ phases: ['EARLY_PHASE1'] }, [early]],
    [{ phases: ['PHASE2'] }, []],
    [{ ...tested, interventionModel: 'SINGLE_GROUP' }, [noComparison]],
    [{ ...tested, interventionModel: 'SINGLE_GROUP', allocation: 'NON_RANDOMIZED' }, [noComparison]],
    [{ interventionModel: 'SINGLE_GROUP' }, []],
    [{ ...tested, allocation: 'NON_RANDOMIZED' }, [notByChance]],
    [{ allocation: 'RANDOMIZED' }, []],
    [{ ...tested, masking: 'NONE' }, [openLabel]],
    [{ studyType: 'OBSERVATIONAL', masking: 'NONE' }, [observing]],
    [{ ...tested, masking: 'SINGLE' }, []],
    [
      { sites: [someSite()] },
      ['one-site | The record lists one site. Elsewhere, things may turn out differently. | Sites'],
    ],
    [{ sites: [someSite(), someSite()] }, []],
    [
      { status: 'UNKNOWN' },
      [
        'unknown | Its status is unknown: the sponsor has not confirmed the record since October 2026. | Status',
      ],
    ],
    [{ status: 'SUSPENDED' }, []],
    [{ status: 'TERMINATED' }, [stopped, noResults]],
    [{ status: 'WITHDRAWN' }, [stopped]],
    [{ status: 'COMPLETED' }, [noResults]],
    [{ status: 'COMPLETED', resultsPostedOn: '2026-01-01' }, []],
    [{ status: 'COMPLETED', unread: ['resultsPostedOn'] }, []],
    [{ status: 'ACTIVE_NOT_RECRUITING' }, []],
    [
      { completionDate: { date: '2024-02', precision: 'month', type: 'ESTIMATED' } },
      [
        'past-completion | The completion date in this record (February 2024) has passed, but the trial is still listed as recruiting. | End of the trial',
      ],
    ],
    [
      { verifiedOn: null },
      [
        'never-verified | The record does not say when the sponsor last confirmed it. | Last confirmed by the sponsor',
      ],
    ],
    [
      { verifiedOn: '2025-09' },
      [
        'unverified | The sponsor last confirmed this record in September 2025, 14 months ago. It may no longer be right. | Last confirmed by the sponsor',
      ],
    ],
  ] as Rows)('of %j alone', (over, expected) => {
    expect(limits(over)).toEqual(expected);
  });
});

describe('facts that a record leaves out', () => {
  const date = { date: '2028-01', precision: 'month', type: 'ESTIMATED' } as const;
  /** A record that gives all that people look for. */
  const full: Partial<Trial> = {
    studyType: 'INTERVENTIONAL',
    phases: ['PHASE3'],
    allocation: 'RANDOMIZED',
    interventionModel: 'PARALLEL',
    masking: 'NONE',
    enrollment: { count: 0, type: null },
    completionDate: date,
    primaryCompletionDate: date,
    minimumAge: '18 Years',
    maximumAge: '70 Years',
    criteria: '* Adults',
    sites: [someSite()],
    sponsor: { name: 'A hospital', class: null },
  };
  const lacks = (over: Partial<Trial>) => read({ ...full, ...over }).lacks;

  it.each([
    ['studyType', { studyType: null }, ['Type of study']],
    ['phases', { phases: [] }, ['Phase']],
    ['allocation', { allocation: null }, ['How people are put in groups']],
    ['masking', { masking: null }, ['Who knows who gets what']],
    ['enrollment', { enrollment: null }, ['Participants']],
    ['completionDate', { completionDate: null, primaryCompletionDate: null }, ['End of the trial']],
    ['minimumAge', { minimumAge: null, maximumAge: null }, ['Ages']],
    ['criteria', { criteria: '' }, ['Criteria for taking part']],
    ['sites', { sites: [] }, ['Sites']],
    ['sponsor', { sponsor: null }, ['Sponsor']],
  ] as [Trial['unread'][number], Partial<Trial>, string[]][])(
    'names %s where it was read for it, and not where it was not read',
    (field, over, expected) => {
      expect(lacks({})).toEqual([]);
      expect(lacks(over)).toEqual(expected);
      expect(lacks({ ...over, unread: [field] })).toEqual([]);
    },
  );

  it('asks for one of two dates or ages only', () => {
    expect(lacks({ completionDate: null })).toEqual([]);
    expect(lacks({ primaryCompletionDate: null })).toEqual([]);
    expect(lacks({ minimumAge: null })).toEqual([]);
    expect(lacks({ maximumAge: null })).toEqual([]);
  });

  it('does not ask a study that observes for a phase or a blinding, nor one group for how it was parted', () => {
    expect(lacks({ studyType: 'OBSERVATIONAL', phases: [], allocation: null, masking: null })).toEqual([]);
    expect(lacks({ interventionModel: 'SINGLE_GROUP', allocation: null })).toEqual([]);
  });
});

describe('a code of the design', () => {
  it('has a word of its list, or none', () => {
    expect(codeName(wording, 'masking', 'DOUBLE')).toBe('two sides do not know');
    expect(codeName(wording, 'model', 'DOUBLE')).toBeNull();
    expect(codeName(wording, 'masking', null)).toBeNull();
    expect(codeName(wording, 'masking', '')).toBeNull();
  });
});
