import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import { trialStatuses } from '../../../src/core/trial.ts';
import { type SentenceCard, sentenceFor } from '../../../src/core/wording/change-sentences.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { everyChange, makeCard, makeSite } from '../../support/trial-samples.ts';

const wording = createWording('en');
const card: SentenceCard = makeCard();
const say = (change: Change) => sentenceFor(wording, change, card);
const status = (before: string, after: string, whyStopped?: string) =>
  say({ facet: 'status', kind: 'status', before, after, ...(whyStopped ? { whyStopped } : {}) });
const date = (text: string, type: 'ACTUAL' | 'ESTIMATED' | null = 'ESTIMATED') => ({
  date: text,
  precision: ({ 4: 'year', 7: 'month', 10: 'day' } as const)[text.length as 4 | 7 | 10],
  type,
});
const dates = (before: Change['before'], after: Change['after'], over: Partial<Change> = {}) =>
  say({ facet: 'dates', kind: 'completion-date', before, after, ...over });
const advice = 'If you take part in this trial, talk to the study team before you change anything.';

describe('the sentence of a change', () => {
  it('D2, D9: says the status in plain words with old and new, and never that a trial opened', () => {
    expect(status('NOT_YET_RECRUITING', 'RECRUITING')).toBe(
      'Now listed as recruiting. Before: not yet recruiting.',
    );
    expect(status('RECRUITING', 'COMPLETED')).toBe('Now listed as completed. Before: recruiting.');
    expect(status('RECRUITING', 'WITHDRAWN')).toMatch(
      /^Now listed as called off before anyone took part \(withdrawn\)\. Before/,
    );
    for (const before of trialStatuses)
      for (const after of trialStatuses)
        if (before !== after) expect(status(before, after)).not.toMatch(/\bopen/i);
  });

  it('D2: COMPLETED is never said to have stopped', () => {
    for (const before of trialStatuses) expect(status(before, 'COMPLETED')).not.toMatch(/now[^.]*stop/i);
  });

  it('L2, C7: NOT_YET_RECRUITING and ACTIVE_NOT_RECRUITING are not called recruiting', () => {
    expect(status('RECRUITING', 'ACTIVE_NOT_RECRUITING')).toContain(
      'Now listed as ongoing, closed to new participants. Before: recruiting.',
    );
    expect(status('WITHHELD', 'NOT_YET_RECRUITING')).toContain(
      'Now listed as not yet recruiting. Before: withheld',
    );
  });

  it('D9: every pause, stop or closing says whom to talk to, and nothing else does', () => {
    const closing = ['SUSPENDED', 'TERMINATED', 'ACTIVE_NOT_RECRUITING', 'ENROLLING_BY_INVITATION'];
    for (const after of trialStatuses) {
      if (after === 'RECRUITING') continue;
      expect([after, status('RECRUITING', after).includes(advice)]).toEqual([after, closing.includes(after)]);
    }
    const access = (before: Change['before'], after: Change['after']) =>
      say({ facet: 'expanded-access', kind: 'expanded-access', before, after });
    expect(access('AVAILABLE', 'TEMPORARILY_NOT_AVAILABLE')).not.toContain(advice);
    expect(access(true, false)).not.toContain(advice);
    const site = (kind: string, before: string | null, after: string | null) =>
      say({ facet: 'sites', kind, before, after, site: makeSite() });
    expect(site('site-status', 'RECRUITING', 'SUSPENDED')).toContain(advice);
    expect(site('site-removed', 'RECRUITING', null)).toContain(advice);
    expect(site('site-removed', null, null)).toContain(advice);
    expect(site('site-added', null, 'RECRUITING')).not.toContain(advice);
  });

  it('D9: where nobody took part, nobody is told whom to talk to', () => {
    const site = (kind: string, before: string | null, after: string | null) =>
      say({ facet: 'sites', kind, before, after, site: makeSite() });
    expect(site('site-removed', 'WITHDRAWN', null)).not.toContain(advice);
    expect(site('site-removed', 'NOT_YET_RECRUITING', null)).not.toContain(advice);
    expect(site('site-status', 'RECRUITING', 'WITHDRAWN')).not.toContain(advice);
    expect(site('site-status', 'NOT_YET_RECRUITING', 'SUSPENDED')).not.toContain(advice);
    expect(status('NOT_YET_RECRUITING', 'WITHDRAWN')).not.toContain(advice);
    expect(status('NOT_YET_RECRUITING', 'SUSPENDED')).not.toContain(advice);
    expect(status('NOT_YET_RECRUITING', 'ACTIVE_NOT_RECRUITING')).toContain(advice);
    const unopened = { lastKnownStatus: 'NOT_YET_RECRUITING', verifiedOn: '2020-11' } as const;
    const stopped = { facet: 'status', kind: 'status', before: 'UNKNOWN', after: 'TERMINATED' } as const;
    expect(say({ ...stopped, ...unopened })).not.toContain(advice);
    expect(say(stopped)).toContain(advice);
    const why: Change = { facet: 'status', kind: 'why-stopped', before: null, after: 'funding' };
    expect(sentenceFor(wording, why, makeCard({ status: 'WITHDRAWN' }))).not.toContain(advice);
    expect(sentenceFor(wording, why, makeCard({ status: 'TERMINATED' }))).toContain(advice);
  });

  it('D2: quotes the sponsor’s reason word for word, and says when there is none', () => {
    expect(status('RECRUITING', 'TERMINATED', 'Slow accrual, see "Amendment 4"')).toContain(
      'The sponsor’s reason, word for word: “Slow accrual, see "Amendment 4"”',
    );
    expect(status('RECRUITING', 'TERMINATED')).toContain('The record gives no reason.');
    expect(status('RECRUITING', 'COMPLETED')).not.toContain('reason');
    const why = (before: string | null, after: string | null) =>
      say({ facet: 'status', kind: 'why-stopped', before, after });
    expect(why('funding', 'safety')).toContain(
      'Before: “funding”. The sponsor’s reason, word for word: “safety”',
    );
    expect(why(null, 'safety')).toContain('now gives a reason');
    expect(why('funding', null)).toContain(
      'no longer gives a reason for the pause or stop. Before: “funding”',
    );
  });

  it('C5: a slip says its direction and size', () => {
    expect(dates(date('2027-08'), date('2028-02'))).toBe(
      'End of the trial (study completion) moved from August 2027 to February 2028 (6 months later, estimated).',
    );
    expect(dates(date('2027-08-20'), date('2027-08-01'))).toContain('(19 days earlier, estimated)');
    expect(dates(date('2027-08-20', 'ACTUAL'), date('2027-08-21', 'ACTUAL'))).toContain('(1 day later)');
    expect(dates(date('2025-12-05'), date('2026-01-21'))).toContain('(47 days later, estimated)');
    expect(dates(date('2026-07-31'), date('2026-10-31'))).toContain('(3 months later, estimated)');
    expect(dates(date('2025-11-02'), date('2024-11-11'))).toContain('(about 1 year earlier, estimated)');
    expect(dates(date('2026'), date('2029'))).toContain('(3 years later, estimated)');
    expect(dates(date('2026-01'), date('2028-08'))).toContain('(2 years and 7 months later, estimated)');
  });

  it('C5: a refinement is no slip, estimated to actual is said, both ways', () => {
    expect(dates(date('2026-07'), date('2026-07-31'))).toBe(
      'End of the trial (study completion) is now more exact: July 31, 2026. Before: July 2026.',
    );
    expect(dates(date('2026-07-31'), date('2026-07'))).toContain('less exact');
    expect(dates(date('2026-07'), date('2026-07', 'ACTUAL'))).toContain(
      'is now given as the actual date: July 2026',
    );
    expect(dates(date('2026-07'), date('2026-09', 'ACTUAL'))).toBe(
      'End of the trial (study completion) is now given as the actual date: September 2026 (2 months later). Before, the estimate was July 2026.',
    );
    expect(dates(date('2026-07', 'ACTUAL'), date('2026-07'))).toContain('is an estimate again');
    expect(dates(null, date('2026-07'))).toBe(
      'End of the trial (study completion) was added: July 2026. Before: none given.',
    );
    expect(dates(date('2026-07'), null)).toContain('is no longer in the record. Before: July 2026');
  });

  it('C5: a date that cannot be right is said to be so, never as a slip of a century', () => {
    expect(dates(date('2026-07'), date('2099-01-01'), { implausible: 'too-late' })).toContain(
      'too late to be right',
    );
    expect(dates(date('1900-01'), date('2026-07'), { implausible: 'too-early' })).toBe(
      'End of the trial (study completion) is now July 2026. Before: January 1900, which could not be right.',
    );
    expect(dates(date('2026-07'), date('1900-01'))).toContain('too early to be right');
    expect(dates(date('2026-07'), date('2020-07'), { implausible: 'before-start' })).toContain(
      'before the trial’s start',
    );
  });

  it('C4: a whole trial’s sites are one line', () => {
    const many: Change = {
      facet: 'sites',
      kind: 'sites-status',
      before: null,
      after: 'RECRUITING',
      count: 221,
    };
    expect(say(many)).toBe('221 sites are now listed as recruiting, along with the trial.');
    expect(say({ ...many, before: 'NOT_YET_RECRUITING' })).toBe(
      '221 sites are now listed as recruiting, along with the trial. Before: not yet recruiting.',
    );
    expect(say({ ...many, before: 'RECRUITING', after: null })).toBe(
      'The registry no longer gives a status for 221 sites. It gives one only while a trial is recruiting.',
    );
    expect(say({ ...many, statuses: { RECRUITING: 200, none: 21 } })).toContain(
      '221 sites now have a status, along with the trial: 200 recruiting and 21 no status given',
    );
    const mixed = { ...many, before: 'NOT_YET_RECRUITING', statuses: { RECRUITING: 200, SUSPENDED: 21 } };
    expect(say(mixed)).toContain('have a new status, along with the trial: 200 recruiting and 21');
  });

  it('names a site with its city and country, and its known status', () => {
    const added: Change = { facet: 'sites', kind: 'site-added', before: null, after: null, site: makeSite() };
    expect(say(added)).toBe('New site listed: University Hospital, Leipzig, Saxony, Germany.');
    const city = makeSite({ facility: '', city: 'Singapore', state: 'Singapore', country: 'Singapore' });
    expect(say({ ...added, site: city })).toBe('New site listed: Singapore.');
  });

  it('C11: words about a removed record', () => {
    expect(say({ facet: 'registration', kind: 'removed', before: null, after: null })).toBe(
      'This record is no longer on ClinicalTrials.gov. We do not know why. If you take part in the trial, ask your study team.',
    );
  });

  it('results say what they are not', () => {
    expect(say({ facet: 'results', kind: 'results-posted', before: null, after: 'posted' })).toBe(
      'Results are now given in the record. Before: none. They do not say what would happen to any one person.',
    );
    expect(say({ facet: 'results', kind: 'results-posted', before: null, after: '2026-11-19' })).toBe(
      'Results tables are now posted. Before, there were none. They do not say what would happen to any one person.',
    );
    expect(say({ facet: 'results', kind: 'results-posted', before: '2026-11-19', after: null })).toContain(
      'no longer posted',
    );
  });

  it('P11: contact details changed, without values', () => {
    expect(say({ facet: 'contacts', kind: 'contacts', before: '0a1b2c3d', after: '4d3c2b1a' })).toBe(
      'The contact details changed.',
    );
  });

  it('lists name additions and removals', () => {
    const conditions: Change = {
      facet: 'conditions',
      kind: 'conditions',
      before: ['A', 'B'],
      after: ['B', 'C'],
    };
    expect(say(conditions)).toBe('Conditions: added “C”; removed “A”.');
    const long = { ...conditions, after: ['A', 'B', ...Array.from({ length: 50 }, (_, n) => `item ${n}`)] };
    expect(say(long)).toContain('“item 2”, 47 more.');
    expect(
      say({
        facet: 'eligibility',
        kind: 'criteria',
        before: [],
        after: [{ list: 'exclusion', text: 'smokers' }],
      }),
    ).toBe('Criteria for taking part: added “smokers” (rules a person out).');
    expect(say({ facet: 'design', kind: 'phase', before: ['PHASE1'], after: ['PHASE1', 'PHASE2'] })).toBe(
      'Phase: now phase 1 and phase 2. Before: phase 1.',
    );
  });

  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      fc.constantFrom(null, true, 'EARLY_PHASE1', 'NA', 'UNKNOWN', 'PHASE9_NEW', 'OTHER_GOV', 'Plain words'),
      fc.record({ count: fc.nat(), type: fc.constantFrom('ACTUAL', 'ESTIMATED', 'NEW_TYPE', null) }),
      fc.constantFrom(date('2026'), date('2026-07', 'ACTUAL'), date('1900-01')),
      fc.array(tie('value'), { maxLength: 3 }),
    ),
  })).value as fc.Arbitrary<Change['before']>;

  it('D2: no raw code, no hole and no brace ever reaches a reader, whatever a change holds', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...everyChange),
        json,
        json,
        fc.boolean(),
        fc.constantFrom(...trialStatuses),
        (change, before, after, keepKind, status) => {
          const tried = {
            ...change,
            before,
            after,
            kind: keepKind || change.facet !== 'design' ? change.kind : 'new-kind',
          };
          const sentence = sentenceFor(wording, tried, { ...card, status });
          expect(sentence).not.toMatch(
            /[A-Z0-9]+_[A-Z0-9_]+|\b(?:NA|UNKNOWN|RECRUITING|undefined|null|NaN)\b|[{}]|\[object/,
          );
          expect(sentence).toMatch(/^\p{Lu}.*[.”]$|^\d+ sites?/u);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
