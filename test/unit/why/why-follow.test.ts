import { describe, expect, it } from 'vitest';
import { failedFilters, type SubscriptionFilters } from '../../../src/core/subscriptions/filters.ts';
import type { FollowFacts, WhyFacts } from '../../../src/core/why/facts.ts';
import { explainFollow } from '../../../src/core/why/follow.ts';
import { sayStep } from '../../../src/core/why/say.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { mustRead } from '../../support/ctgov-study.ts';
import { study } from '../../support/study.ts';

const sites = ['Zeta Clinic, Bergen, Norway @ 60.39 5.32'];
const { trial } = mustRead(study('NCT09900001', { sites, aliases: ['NCT09900009'] }));
const wording = createWording('en');

const condition: FollowFacts = {
  ...{
    id: 1,
    kind: 'condition',
    words: 'asthma',
    conceptId: 'D001249',
    conceptTerm: 'Asthma',
    phrases: ['asthma'],
  },
  ...{ topics: ['concept:D001249'], filters: {}, watchingSince: '2026-11-02T12:00:00.000Z', state: 'active' },
  ...{
    facets: ['status'],
    frequency: 'weekly',
    weekday: 3,
    position: 1,
    nextDueAt: '2026-11-11T08:00:00.000Z',
  },
  ...{ createdAt: '2026-11-01T12:00:00.000Z', endedAt: null, pausedUntil: null, list: null },
};
const byNumber: FollowFacts = {
  ...condition,
  kind: 'trial',
  words: 'NCT09900001',
  topics: ['trial:ctgov:NCT09900001'],
};

const facts: WhyFacts = {
  now: '2026-11-06T12:00:00.000Z',
  ...{
    person: { timezone: 'Europe/Berlin', hour: 9, cappedUntil: null, suppressed: null },
    trial,
    before: new Map(),
    trialId: 7,
  },
  ...{ follows: [], changes: [], digests: [], candidates: [], pause: null },
};

/** An admin's view of a subscription, one line per step, with whether it leads on. */
const read = (follow: FollowFacts, given: Partial<WhyFacts> = {}) =>
  explainFollow({ ...facts, ...given }, follow).map(
    (step) => `${step.verdict}: ${sayStep(wording, step, 'Europe/Berlin')}`,
  );

describe('how a subscription relates to a trial', () => {
  it('by a heading: since when, how often, and when it is looked at next, in the person’s zone', () => {
    expect(read(condition)).toEqual([
      'yes: It matches by the heading “Asthma”.',
      'yes: They watch it since November 2, 2026 at 1:00 PM Germany Time. What was there before is no news.',
      'plain: Told once a week, on Wednesday at 9:00 in Europe/Berlin.',
      'plain: It is looked at next on November 11, 2026 at 9:00 AM Germany Time.',
    ]);
  });

  it('by words alone, by a heading above, by its number, also an obsolete one; or not at all', () => {
    const first = (follow: Partial<FollowFacts>, given: Partial<WhyFacts> = {}) =>
      read({ ...condition, ...follow }, given)[0];
    expect(first({ conceptId: null, conceptTerm: null })).toBe('yes: It matches by the words “asthma”.');
    expect(first({ conceptId: 'D012140', phrases: [] })).toMatch(
      /^yes: It matches by “.+”, a heading beneath/,
    );
    expect(read(byNumber)[0]).toBe('yes: They follow it by its number.');
    expect(read({ ...byNumber, topics: ['trial:ctgov:NCT09900009'] })[0]).toBe(
      'yes: They follow it by its number.',
    );
    for (const none of [
      read({ ...byNumber, topics: ['trial:ctgov:NCT09900002'] }),
      read({ ...condition, conceptId: 'D006073', conceptTerm: 'Gout', phrases: ['gout'] }),
      read(condition, { trial: null }),
    ])
      expect(none).toEqual(['no: This trial does not match.']);
  });

  const filters: [SubscriptionFilters, string][] = [
    [{ phases: ['PHASE2'] }, 'yes: It is inside what they asked for.'],
    [{ phases: ['PHASE3'] }, 'no: It is outside what they asked for: phase.'],
    [{ country: 'France' }, 'no: It is outside what they asked for: country.'],
    [{ place: { lat: 0, lon: 0, km: 50 } }, 'no: It is outside what they asked for: distance.'],
    [
      { years: 2, studyTypes: ['OBSERVATIONAL'] },
      'no: It is outside what they asked for: age and type of study.',
    ],
    [{ ageGroup: 'CHILD' }, 'yes: It is inside what they asked for.'],
  ];
  for (const [wanted, sentence] of filters) {
    it(`M3: names the filter: ${JSON.stringify(wanted)}`, () => {
      expect(read({ ...condition, filters: wanted })[1]).toBe(sentence);
    });
  }

  it('M3: names facts that the record does not give, and every filter that a trial can fail', () => {
    const silent = { ...trial, phases: [], sex: null };
    const wish = { ...condition, filters: { phases: ['PHASE3'], sex: 'MALE' } satisfies SubscriptionFilters };
    expect(read(wish, { trial: silent })[1]).toBe(
      'yes: It passes. The record does not say all that they asked for: sex and phase.',
    );
    const other = { ...trial, sex: 'FEMALE' as const, status: 'COMPLETED' as const };
    const all: SubscriptionFilters = { ...wish.filters, recruitingOnly: true };
    expect(failedFilters(other, all)).toEqual(['sex', 'phase', 'recruiting']);
    expect(failedFilters(trial, {})).toEqual([]);
    expect(read({ ...condition, filters: all }, { trial: other })[1]).toContain(
      'sex, phase, and recruiting.',
    );
  });

  it('its state: not confirmed, paused for a while or for good, stopped, not read yet', () => {
    const lines = (follow: Partial<FollowFacts>) => read({ ...condition, ...follow }).slice(1);
    expect(lines({ state: 'pending', watchingSince: null, position: null })).toEqual([
      'wait: They asked for it on November 1, 2026 at 1:00 PM Germany Time and have not confirmed it.',
    ]);
    expect(lines({ state: 'paused' })[0]).toBe('wait: It is paused until they go on.');
    expect(lines({ state: 'paused', pausedUntil: '2026-12-01T00:00:00.000Z' })[0]).toBe(
      'wait: It is paused until December 1, 2026 at 1:00 AM Germany Time.',
    );
    const ended = lines({ state: 'ended', endedAt: '2026-11-05T00:00:00.000Z' });
    expect(ended[0]).toBe('no: It was stopped on November 5, 2026 at 1:00 AM Germany Time.');
    expect(ended).toHaveLength(2);
    expect(lines({ watchingSince: null, position: null })[0]).toMatch(
      /^wait: It was not read for the first time yet/,
    );
  });

  it('D12: at once, but not at night', () => {
    const night = { ...facts, now: '2026-11-06T22:00:00.000Z' };
    const lines = read({ ...byNumber, frequency: 'immediate', nextDueAt: night.now }, night);
    expect(lines.slice(2)).toEqual([
      'plain: Told at once, but not from 21:00 to 8:00 in Europe/Berlin.',
      'plain: It is looked at next on November 7, 2026 at 8:00 AM Germany Time.',
    ]);
    expect(read({ ...byNumber, frequency: 'immediate', nextDueAt: null })).toHaveLength(3);
    expect(read({ ...byNumber, frequency: 'daily' })[2]).toBe(
      'plain: Told once a day, at 9:00 in Europe/Berlin.',
    );
  });
});
