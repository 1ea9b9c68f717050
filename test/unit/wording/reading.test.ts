import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Trial, trialStatuses } from '../../../src/core/trial.ts';
import { type Reading, readTrial } from '../../../src/core/wording/trial-summary.ts';
import { seedTrials } from '../../../src/demo/seed-trials.ts';
import { toRecord } from '../../../src/demo/study.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { arbitraryTrial, someSite, someTrial } from '../../support/arbitrary-trial.ts';
import { sentencesOf, showsCode } from '../../support/reading-codes.ts';
import { registryRead } from '../../support/recorded-trials.ts';

const wording = createWording('en');
const now = '2026-11-21T08:00:00.000Z';
const read = (over: Partial<Trial>) => readTrial(wording, someTrial(over), now);
const limits = (over: Partial<Trial>) => read(over).limits.map(({ rule }) => rule);
const says = (over: Partial<Trial>) => read(over).says.map(({ rule }) => rule);

/** A trial of which nothing limits what can be seen. */
const large: Partial<Trial> = {
  status: 'RECRUITING',
  studyType: 'INTERVENTIONAL',
  phases: ['PHASE3'],
  interventionModel: 'PARALLEL',
  allocation: 'RANDOMIZED',
  masking: 'DOUBLE',
  enrollment: { count: 800, type: 'ESTIMATED' },
  verifiedOn: '2026-10',
  completionDate: { date: '2028-01', precision: 'month', type: 'ESTIMATED' },
  sites: [],
};

describe('a record in plain words', () => {
  it.each([
    ['small', { enrollment: { count: 49, type: 'ESTIMATED' } }],
    ['early', { phases: ['EARLY_PHASE1'] }],
    ['early', { phases: ['PHASE1', 'PHASE2'] }],
    ['no-comparison', { interventionModel: 'SINGLE_GROUP', allocation: 'NA' }],
    ['not-by-chance', { allocation: 'NON_RANDOMIZED' }],
    ['open-label', { masking: 'NONE' }],
    ['observational', { studyType: 'OBSERVATIONAL', phases: [] }],
    ['one-site', { sites: [someSite()] }],
    ['unverified', { verifiedOn: '2024-10' }],
    ['past-completion', { completionDate: { date: '2024-02-29', precision: 'day', type: null } }],
    ['unknown', { status: 'UNKNOWN' }],
    ['stopped', { status: 'TERMINATED', resultsPostedOn: '2026-01-01' }],
    ['no-results', { status: 'COMPLETED', resultsPostedOn: null }],
    ['nobody', { status: 'WITHDRAWN', enrollment: { count: 0, type: 'ACTUAL' } }],
  ] as [string, Partial<Trial>][])('says what limits it: %s', (rule, over) => {
    expect(limits(large)).toEqual([]);
    expect(limits({ ...large, ...over })).toContain(rule);
  });

  it('does not call a number at the edge few: 50 people', () => {
    expect(limits({ ...large, enrollment: { count: 50, type: 'ACTUAL' } })).toEqual([]);
  });

  it('takes one group from the design, and from the arms only where the design names none', () => {
    const arms = [{ label: 'All', type: 'EXPERIMENTAL', description: '' }];
    expect(says({ ...large, interventionModel: null, arms })).toContain('one-group');
    expect(says({ ...large, arms })).not.toContain('one-group');
  });

  it('names the field that each sentence comes from', () => {
    const names = new Set(sentencesOf(read({ ...large, masking: 'NONE' })).map(({ field }) => field));
    expect([...names]).toEqual(
      expect.arrayContaining(['Type of study', 'Phase', 'Participants', 'Who knows who gets what']),
    );
    expect([...names]).not.toContain('');
  });

  it('says nothing of fields that were not read or are withheld, and does not call them missing', () => {
    const unread: Trial['unread'] = ['phases', 'enrollment', 'resultsPostedOn', 'criteria'];
    const trial = {
      ...large,
      status: 'COMPLETED',
      phases: [],
      enrollment: null,
      criteria: '',
      unread,
    } as const;
    const reading = read({ ...trial, phases: [], unread });
    expect(reading.limits.map(({ rule }) => rule)).not.toContain('no-results');
    expect(reading.lacks).not.toEqual(expect.arrayContaining(['Phase']));
    expect(read({ ...trial, phases: [], unread: [] }).lacks).toEqual(
      expect.arrayContaining(['Phase', 'Participants', 'Criteria for taking part']),
    );
  });

  it('quotes registry text as such, cut and without what could turn the text round', () => {
    const [tested] = read({
      interventions: [{ type: 'DRUG', name: `Exampline\u202e${'x'.repeat(5_000)}`, description: '' }],
    }).says.filter(({ rule }) => rule === 'tested');
    expect(tested?.text).toMatch(/“Examplinex+…”/);
    expect(tested?.text.length).toBeLessThan(300);
  });

  const aTrial = fc
    .tuple(
      arbitraryTrial({ sites: 2 }),
      fc.constantFrom('NA', 'EARLY_PHASE1', 'PHASE4'),
      fc.constantFrom(...trialStatuses),
    )
    .map(([trial, phase, status]) => ({ ...trial, phases: [phase], status }));

  it('never shows a raw code, whatever the record holds (and one that printed its codes would be found)', () => {
    fc.assert(fc.property(aTrial, (trial) => !showsCode(readTrial(wording, trial, now))));
    const printing = (trial: Trial): Reading => ({
      says: [
        { rule: 'phase', text: `Phase: ${trial.phases.join()}; listed as ${trial.status}.`, field: 'Phase' },
      ],
      limits: [],
      lacks: [],
    });
    expect(fc.check(fc.property(aTrial, (trial) => !showsCode(printing(trial)))).failed).toBe(true);
  });

  it('D9: promises nothing and judges nobody’s chances, for any trial', () => {
    const forbidden = /breakthrough|cure|miracle|hope|good fit|\bfree\b|safe|good news|promising|eligible/i;
    fc.assert(
      fc.property(aTrial, (trial) =>
        sentencesOf(readTrial(wording, trial, now)).every(
          ({ text }) => !forbidden.test(text.replace(/“[^”]*”/g, '')),
        ),
      ),
    );
  });

  it('says of the five trials that other pages show what those pages say, and how little may follow from it', () => {
    const rulesOf = (id: string) => {
      const seed = seedTrials.find((one) => one.id === id);
      if (!seed) throw new Error(id);
      return readTrial(wording, registryRead(toRecord(seed, '2026-11-02')), now).limits.map(
        ({ rule }) => rule,
      );
    };
    expect(rulesOf('NCT07637929')).toContain('observational');
    expect(rulesOf('NCT02186860')).toEqual(
      expect.arrayContaining(['small', 'early', 'no-comparison', 'unknown']),
    );
    expect(rulesOf('NCT04787263')).toEqual(expect.arrayContaining(['small', 'early', 'one-site']));
    expect(rulesOf('NCT04532203')).toEqual(
      expect.arrayContaining(['early', 'no-comparison', 'open-label', 'one-site']),
    );
    expect(rulesOf('NCT05164042')).toEqual(
      expect.arrayContaining(['small', 'early', 'no-comparison', 'open-label', 'past-completion']),
    );
  });
});
