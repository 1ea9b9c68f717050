import { describe, expect, it } from 'vitest';
import { cardOf } from '../../../src/core/digests/card.ts';
import type { Site } from '../../../src/core/trial.ts';
import { makeStudy, mustRead } from '../../support/ctgov-study.ts';

describe('a trial as a card', () => {
  const { trial } = mustRead(makeStudy());
  const site = (over: Partial<Site>): Site => ({
    ref: null,
    facility: 'Clinic',
    status: null,
    city: 'Bern',
    state: '',
    zip: '',
    country: 'Switzerland',
    lat: null,
    lon: null,
    orgId: null,
    department: '',
    contacts: [],
    ...over,
  });

  it('counts sites, those that recruit among them, and names each country once, in order', () => {
    const sites = [
      site({ status: 'RECRUITING' }),
      site({ status: 'RECRUITING', city: 'Basel' }),
      site({ status: 'NOT_YET_RECRUITING', country: 'Austria' }),
      site({ country: '' }),
    ];
    const card = cardOf({ ...trial, sites });
    expect(card.siteCount).toBe(4);
    expect(card.recruitingSiteCount).toBe(2);
    expect(card.countries).toEqual(['Austria', 'Switzerland']);
  });

  it('carries the present state and none of the long texts', () => {
    const card = cardOf(trial);
    expect(card).toMatchObject({
      id: trial.id,
      title: trial.title,
      status: trial.status,
      phases: trial.phases,
    });
    expect(card).not.toHaveProperty('criteria');
    expect(card).not.toHaveProperty('sites');
  });
});
