import { describe, expect, it } from 'vitest';
import type { Change, Json } from '../../../src/core/change.ts';
import { registryName } from '../../../src/core/registries.ts';
import { wordsFor } from '../../../src/core/wording/change-sentences.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { makeCard, makeSite } from '../../support/trial-samples.ts';

const wording = createWording('en');
const say = (facet: Change['facet'], kind: string, before: Json, after: Json, over: Partial<Change> = {}) =>
  wordsFor(wording, { facet, kind, before, after, ...over }, makeCard());
const sentence = (...parts: Parameters<typeof say>) => say(...parts).sentence;

describe('the sentence of a change, kind by kind', () => {
  it('a site that is gone, with its last status', () => {
    const site = makeSite();
    expect(sentence('sites', 'site-removed', null, null, { site })).toBe(
      'Site no longer listed: University Hospital, Leipzig, Saxony, Germany.',
    );
    expect(sentence('sites', 'site-added', null, 'SUSPENDED', { site })).toMatch(
      /^New site listed as paused/,
    );
    expect(sentence('sites', 'site-status', 'RECRUITING', null, { site })).toBe(
      'Site now listed as no status given: University Hospital, Leipzig, Saxony, Germany. Before: recruiting.',
    );
  });

  it('D2: only a trial that recruits again is confirmed as recruiting', () => {
    expect(sentence('status', 'status', 'UNKNOWN', 'COMPLETED')).toBe(
      'Now listed as completed. Before: unknown.',
    );
    expect(sentence('status', 'status', 'SUSPENDED', 'RECRUITING')).toMatch(/^Now listed as recruiting/);
  });

  it('D2: a reason that was empty before is a new one', () => {
    expect(sentence('status', 'why-stopped', '', 'money')).toMatch(/^The sponsor now gives a reason/);
    expect(sentence('status', 'why-stopped', 'money', '')).toMatch(/no longer gives a reason/);
    expect(say('status', 'why-stopped', 'money', '').quote).toBeNull();
    expect(say('status', 'why-stopped', 'money', 'safety').advice).not.toBeNull();
  });

  it('D2: a reason that is missing is owed for a pause or a stop, not by expanded access, nor a completion', () => {
    const missing = 'The record gives no reason.';
    expect(say('status', 'status', 'RECRUITING', 'SUSPENDED').quote).toBe(missing);
    expect(say('status', 'status', 'RECRUITING', 'WITHDRAWN', { whyStopped: '' }).quote).toBe(missing);
    expect(say('status', 'status', 'RECRUITING', 'COMPLETED').quote).toBeNull();
    const paused = ['AVAILABLE', 'TEMPORARILY_NOT_AVAILABLE'] as const;
    expect(say('expanded-access', 'expanded-access', ...paused).quote).toBeNull();
    expect(say('expanded-access', 'expanded-access', ...paused, { whyStopped: 'money' }).quote).toContain(
      '“money”',
    );
  });

  it('D9: expanded access, results and removals come without whom to talk to', () => {
    for (const after of [false, null, 'NO_LONGER_AVAILABLE', true, 'AVAILABLE'])
      expect(say('expanded-access', 'expanded-access', 'AVAILABLE', after).advice).toBeNull();
    expect(say('results', 'results-posted', null, 'SUSPENDED').advice).toBeNull();
    expect(say('registration', 'removed', null, null).advice).toBeNull();
  });

  it('expanded access in words', () => {
    const access = (before: Json, after: Json) =>
      sentence('expanded-access', 'expanded-access', before, after);
    expect(access(null, 'APPROVED_FOR_MARKETING')).toBe(
      'Expanded access (treatment outside a trial) is now listed as approved for sale. Before: not stated.',
    );
    expect(access(false, true)).toContain('offered. Before: not offered');
    expect(access('UNKNOWN', 'WITHHELD')).toContain('listed as withheld (the registry');
  });

  it('results, each kind', () => {
    expect(sentence('results', 'results-updated', 'x', 'y')).toMatch(/^Results tables were updated/);
    expect(sentence('results', 'results-submitted', null, '2026-11-01')).toBe(
      'Results were sent to the registry on November 1, 2026. They are not public so far. Before: none listed.',
    );
    expect(sentence('results', 'results-submitted', '2026-10-01', '2026-11-01')).toMatch(
      /Before: sent on October 1, 2026\.$/,
    );
    expect(sentence('results', 'results-submitted', '2026-10-01', null)).toBe(
      'The registry no longer lists results that were sent in on October 1, 2026.',
    );
  });

  it('registration, with the day of its first posting when it is known', () => {
    const registered = (firstPostedOn: string | null) =>
      wordsFor(
        wording,
        { facet: 'registration', kind: 'registered', before: null, after: null },
        makeCard({ firstPostedOn }),
      ).sentence;
    expect(registered('2024-12-20')).toBe(
      'New in the registry, first posted on December 20, 2024. Listed as recruiting.',
    );
    expect(registered(null)).toBe('New in the registry. Listed as recruiting.');
    expect(sentence('registration', 'left', null, null)).toBe(
      'It no longer matches what you follow. Listed as recruiting.',
    );
    expect(sentence('registration', 'returned', null, null)).toContain('on ClinicalTrials.gov again');
    expect(registryName('somewhere')).toBe('somewhere');
  });

  it('enrollment, of each type and of none', () => {
    const enrollment = (before: Json, after: Json) => sentence('enrollment', 'enrollment', before, after);
    expect(enrollment({ count: 20, type: 'ESTIMATED' }, { count: 1200, type: 'ACTUAL' })).toBe(
      'Number of participants: now 1,200 (actual). Before: 20 (planned).',
    );
    expect(enrollment(null, { count: 5, type: null })).toBe(
      'Number of participants: now 5. Before: not given.',
    );
    for (const none of ['5', [5], { count: '5', type: null }])
      expect(enrollment({ count: 5, type: 'NEW' }, none)).toBe(
        'Number of participants: now not given. Before: 5.',
      );
  });

  it('many sites, of which the count is not known, or that went several ways', () => {
    expect(sentence('sites', 'sites-status', null, 'RECRUITING')).toMatch(/^0 sites are now listed/);
    expect(
      sentence('sites', 'sites-status', 'RECRUITING', null, { count: 2, statuses: { none: 2 } }),
    ).toMatch(/^The registry no longer gives a status for 2 sites/);
  });
});

describe('the sentence of a date', () => {
  const date = (text: string, type: string | null = 'ESTIMATED', precision = 'month'): Json => ({
    date: text,
    precision,
    type,
  });
  const day = (text: string, type = 'ESTIMATED') => date(text, type, 'day');
  const dates = (before: Json, after: Json, over: Partial<Change> = {}) =>
    sentence('dates', 'completion-date', before, after, over);

  it('C5: a size in days below two months, then in months, “about” when they are no whole ones', () => {
    expect(dates(day('2026-01-01'), day('2026-03-02'))).toContain('(60 days later');
    expect(dates(day('2026-01-01'), day('2026-03-03'))).toContain('(2 months later');
    expect(dates(day('2026-01-01'), day('2026-03-05'))).toContain('(2 months later');
    expect(dates(day('2026-01-01'), day('2026-03-09'))).toContain('(about 2 months later');
    expect(dates(day('2026-01-01'), day('2026-04-20'))).toContain('(about 4 months later');
    expect(dates(date('2026-01'), date('2026-12'))).toContain('(11 months later');
    expect(dates(date('2027-01'), date('2026-01'))).toContain('(1 year earlier');
    expect(dates(date('2026-01'), date('2027-02'))).toContain('(1 year and 1 month later');
  });

  it('C5: a slip to a date of no type, or from an actual one, is no confirmation', () => {
    expect(dates(date('2026-01'), date('2026-03', null))).toContain(
      'moved from January 2026 to March 2026 (2 months later).',
    );
    expect(dates(date('2026-01', null), date('2026-03', 'ACTUAL'))).toContain('moved from January 2026');
    expect(dates(date('2026-01', null), date('2026-01'))).toContain('The record now calls it an estimate');
    expect(dates(date('2026-01'), date('2026'))).toContain('less exact: 2026');
  });

  it('C5: a text that is not a date has no words', () => {
    for (const none of ['2026-01', ['2026-01'], { date: 5, precision: 'day' }, date('2026-01', null, 'week')])
      expect(dates(none, date('2026-03'))).toBe(
        'End of the trial (study completion) was added: March 2026. Before: none given.',
      );
    expect(dates(date('2026', null, 'year'), date('2028', null, 'year'))).toContain('(2 years later)');
  });

  it('C5: a date before the start, and one that was put right', () => {
    expect(dates(date('2026-01'), date('2020-01'), { implausible: 'before-start' })).toContain(
      'before the trial’s start',
    );
    expect(dates(date('2099-01'), date('2026-01'), { implausible: 'too-late' })).toContain(
      'which could not be right',
    );
    expect(dates(date('1900-01'), null)).toBe(
      'End of the trial (study completion) is no longer in the record. Before: January 1900.',
    );
  });
});

describe('the sentence of a minor change', () => {
  it.each<[string, Change['facet'], string, Json, Json]>([
    ['Minimum age: now “18 Years”. Before: none given.', 'eligibility', 'minimum-age', null, '18 Years'],
    [
      'Minimum age: no longer in the record. Before: “18 Years”.',
      'eligibility',
      'minimum-age',
      '18 Years',
      '',
    ],
    ['Who can take part, by sex: now female. Before: all.', 'eligibility', 'sex', 'ALL', 'FEMALE'],
    ['Healthy volunteers accepted: now yes. Before: no.', 'eligibility', 'healthy-volunteers', false, true],
    ['Phase: now phase 2. Before: none given.', 'design', 'phase', [], ['PHASE2']],
    ['Phase: no longer in the record. Before: phase 2.', 'design', 'phase', ['PHASE2'], []],
    ['This part of the record changed: how the trial is set up.', 'design', 'phase', ['PHASE2'], [{}]],
    [
      'This part of the record changed: how the trial is set up.',
      'design',
      'intervention-model',
      'PARALLEL',
      'CROSSOVER',
    ],
    ['This part of the record changed: who can take part.', 'eligibility', 'sex', 'NEW_CODE', 'ALL'],
    ['This part of the record changed: title.', 'title', 'title', null, null],
    ['Conditions: added “B”.', 'conditions', 'conditions', ['A'], ['A', 'B']],
    ['Conditions: added “A”.', 'conditions', 'conditions', null, ['A']],
    ['Conditions: removed “A”.', 'conditions', 'conditions', ['A', 'B'], ['B']],
    ['Conditions: added “C”, “D”, “E”, 1 more.', 'conditions', 'conditions', [], ['C', 'D', 'E', 'F']],
    ['Conditions: added “C”, “D”, “E”.', 'conditions', 'conditions', [], ['C', 'D', 'E']],
    ['This part of the record changed: conditions.', 'conditions', 'conditions', ['A', 'B'], ['B', 'A']],
    ['This part of the record changed: conditions.', 'conditions', 'conditions', [], ['NEW_CODE']],
    ['This part of the record changed: conditions.', 'conditions', 'conditions', ['NEW_CODE'], ['A']],
  ])('%s', (expected, facet, kind, before, after) => {
    expect(sentence(facet, kind, before, after)).toBe(expected);
  });

  it('criteria say on which side they stand, and are cut where they are long', () => {
    const criteria = (list: string, text: Json) => sentence('eligibility', 'criteria', [], [{ list, text }]);
    expect(criteria('inclusion', 'adults')).toContain('“adults” (must apply)');
    expect(criteria('new-list', 'adults')).toBe('Criteria for taking part: added “adults”.');
    expect(criteria('other', 'x'.repeat(161))).toContain(`“${'x'.repeat(159)}…”`);
    expect(criteria('other', null)).toBe('This part of the record changed: who can take part.');
  });

  it('a long title is cut at 300 letters', () => {
    expect(sentence('title', 'title', null, 'x'.repeat(301))).toContain(`“${'x'.repeat(299)}…”`);
  });
});
