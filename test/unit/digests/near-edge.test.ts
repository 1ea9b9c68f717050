import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import {
  nearestRecruiting,
  placeChange,
  type Whereabouts,
  whereaboutsOf,
} from '../../../src/core/digests/near.ts';
import type { SubscriptionFilters } from '../../../src/core/subscriptions/filters.ts';
import { someSite } from '../../support/arbitrary-trial.ts';
import { makeSite } from '../../support/trial-samples.ts';

/** Places on the equator: a degree is 111.2 km. */
const place = (lon: number, km: number, name?: string) => ({ lat: 0, lon, km, ...(name ? { name } : {}) });
const home = place(0, 200, 'Home, Chad');
const at = (...all: SubscriptionFilters[]): Whereabouts => {
  const whereabouts = whereaboutsOf(all);
  if (!whereabouts) throw new Error('no whereabouts');
  return whereabouts;
};
const equator = (lon: number | null, over: object = {}) =>
  someSite({ lat: lon === null ? null : 0, lon, city: 'Elsewhere', country: 'Norway', ...over });
const nearest = (sites: ReturnType<typeof someSite>[], all: SubscriptionFilters[] = [{ place: home }]) =>
  nearestRecruiting({ status: 'RECRUITING', sites }, at(...all));

describe('whereabouts', () => {
  it('are places and countries, each country once: the ones chosen, then those of places', () => {
    expect(at({ place: home }, { country: 'Norway' }, { place: place(9, 50, 'Other, Norway') })).toEqual({
      places: [home, place(9, 50, 'Other, Norway')],
      countries: ['NO', 'TD'],
      onlyNear: false,
    });
    expect(at({ place: home }).onlyNear).toBe(true);
    expect(at({ country: 'Norway' })).toEqual({ places: [], countries: ['NO'], onlyNear: false });
    expect(whereaboutsOf([{ sex: 'FEMALE' }])).toBeNull();
  });

  it('read the country from the end of a place’s name', () => {
    expect(at({ place: place(0, 9, 'Washington, D.C., United States') }).countries).toEqual(['US']);
    expect(at({ place: place(0, 9, 'Seoul, Korea, Republic of') }).countries).toEqual(['KR']);
    expect(at({ place: place(0, 9, 'Nowhere') }).countries).toEqual([]);
    expect(at({ place: place(0, 9) }).countries).toEqual([]);
  });
});

describe('the nearest site that recruits', () => {
  it('is the nearest in kilometres, of equally near ones the one that was there first', () => {
    const far = equator(1, { ref: 1 });
    const close = equator(0.1, { ref: 3 });
    const twin = equator(-0.1, { ref: 2 });
    for (const sites of [
      [far, close, twin],
      [twin, close, far],
      [close, far, twin],
    ])
      expect(nearest(sites)).toMatchObject({
        km: 11,
        place: 'Home',
        site: { ref: 2 },
        others: 2,
        withinKm: 200,
      });
    expect(nearest([far])).toMatchObject({ km: 110, site: { ref: 1 }, others: 0, isSaid: true });
    expect(nearest([equator(0.1, { ref: 5 }), equator(0.1)])?.site.ref).toBeNull();
  });

  it('is told in whole kilometres, in tens from a hundred on', () => {
    const km = (lon: number) => nearest([equator(lon)])?.km;
    expect([0.001, 0.5, 0.89, 1.03, 1.75].map(km)).toEqual([0, 56, 99, 110, 190]);
    expect(km(1.81)).toBeUndefined();
  });

  it('is measured from the nearest of several places, named without its country', () => {
    const places = [{ place: place(0, 300, 'Home, Chad') }, { place: place(1, 300, 'Big, Old, Norway') }];
    for (const all of [places, places.toReversed()]) {
      expect(nearest([equator(0.9)], all)?.place).toBe('Big, Old');
      expect(nearest([equator(0.1)], all)?.place).toBe('Home');
    }
    expect(nearest([equator(0)], [{ place: place(0, 9) }])?.place).toBeNull();
  });

  it('needs a position, or the name of the place itself', () => {
    expect(nearest([equator(null)])).toBeNull();
    expect(nearest([someSite({ lat: null, lon: 0, city: 'X' })])).toBeNull();
    expect(nearest([someSite({ lat: 0, lon: null, city: 'X' })])).toBeNull();
    expect(nearest([equator(null, { city: 'Home', country: 'Chad' })])).toMatchObject({
      km: 0,
      place: 'Home',
    });
    expect(nearest([equator(0)], [{ country: 'Norway' }])).toBeNull();
  });
});

describe('a change, for somebody near', () => {
  const found = nearest([equator(0.1)]);
  const change = (facet: Change['facet'], kind: string, after: Change['after'] = null): Change => ({
    facet,
    kind,
    before: null,
    after,
  });
  const placed = (one: Change, all: SubscriptionFilters[] = [{ place: home }]) =>
    placeChange(one, { whereabouts: at(...all), nearest: found });

  it.each([
    [change('status', 'status', 'RECRUITING')],
    [change('registration', 'registered')],
    [change('registration', 'entered')],
  ])('carries the nearest site when a trial opens or is new: %j', (one) => {
    expect(placed(one)).toEqual({ change: { ...one, near: found }, isFar: false });
    expect(placeChange(one, { whereabouts: at({ place: home }), nearest: null })).toEqual({
      change: one,
      isFar: false,
    });
  });

  it.each([
    [change('status', 'status', 'COMPLETED')],
    [change('status', 'why-stopped', 'RECRUITING')],
    [change('expanded-access', 'expanded-access', 'AVAILABLE')],
    [change('registration', 'returned')],
    [change('title', 'title', 'RECRUITING')],
  ])('carries none otherwise: %j', (one) => {
    expect(placed(one)).toEqual({ change: one, isFar: false });
  });

  const site = (lon: number | null, over: object = {}): Change => ({
    ...change('sites', 'site-added', 'RECRUITING'),
    site: makeSite({ lat: lon === null ? null : 0, lon, city: 'Elsewhere', country: 'Norway', ...over }),
  });

  it('of a site within reach says how far; beyond it is far for who asked for near ones alone', () => {
    const near = site(0.1);
    expect(placed(near)).toEqual({
      change: { ...near, near: { km: 11, place: 'Home' }, isMine: true },
      isFar: false,
    });
    expect(placed(site(5))).toEqual({ change: site(5), isFar: true });
    expect(placed(site(5), [{ place: home }, { sex: 'MALE' }])).toEqual({ change: site(5), isFar: false });
  });

  it('of a site that the record puts nowhere is neither near nor far', () => {
    expect(placed(site(null))).toEqual({ change: { ...site(null), isMine: true }, isFar: false });
  });

  it('of a site in a chosen country is the reader’s, in any spelling; elsewhere it is not', () => {
    const all = [{ country: ' norway' }, { country: 'Chad' }];
    expect(placed(site(5), all)).toEqual({ change: { ...site(5), isMine: true }, isFar: false });
    expect(placed(site(5, { country: 'CHAD ' }), all).change.isMine).toBe(true);
    expect(placed(site(5, { country: 'Peru' }), all)).toEqual({
      change: site(5, { country: 'Peru' }),
      isFar: false,
    });
    expect(placed(site(null, { country: 'Peru' }), all).change.isMine).toBeUndefined();
    expect(placed(site(5, { country: 'Chad' })).change.isMine).toBe(true);
  });
});
