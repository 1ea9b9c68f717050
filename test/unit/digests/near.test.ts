import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import type { Digest } from '../../../src/core/digests/digest.ts';
import { nearestRecruiting, whereaboutsOf } from '../../../src/core/digests/near.ts';
import { distanceKm } from '../../../src/core/subscriptions/filters.ts';
import type { Site } from '../../../src/core/trial.ts';
import { digestWords } from '../../../src/core/wording/digest/digest.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import {
  makeCard,
  makeDigest,
  makeItems,
  makeSite,
  reasonCondition,
  type SampleTrial,
  statusChange,
} from '../../support/trial-samples.ts';

const wording = createWording('en');
const leipzig = { lat: 51.33962, lon: 12.37129, km: 100, name: 'Leipzig, Germany' };
const halle = { city: 'Halle', country: 'Germany', lat: 51.48158, lon: 11.97947 };
const berlin = { city: 'Berlin', country: 'Germany', lat: 52.52437, lon: 13.41053 };
const paris = { city: 'Paris', country: 'France', lat: 48.85341, lon: 2.3488 };

const site = (over: Partial<Site>): Site => ({
  ...makeSite({ state: '', lat: null, lon: null }),
  status: 'RECRUITING',
  zip: '',
  orgId: null,
  department: '',
  contacts: [],
  ...over,
});
const siteChange = (kind: string, over: Partial<Site>, after: Change['after'] = 'RECRUITING'): Change => ({
  facet: 'sites',
  kind,
  before: kind === 'site-added' ? null : 'NOT_YET_RECRUITING',
  after: kind === 'site-removed' ? null : after,
  site: makeSite({ state: '', ...over }),
});
/** A trial of these sites as the planner hands it on, for somebody who follows a condition near Leipzig. */
function nearLeipzig(sites: Site[], trial: SampleTrial = {}, filters = [{ place: leipzig }]): SampleTrial {
  const whereabouts = whereaboutsOf(filters);
  if (!whereabouts) throw new Error('no whereabouts');
  const { status } = trial.card ?? makeCard();
  return {
    reasons: [reasonCondition],
    near: { whereabouts, nearest: nearestRecruiting({ status, sites }, whereabouts) },
    ...trial,
  };
}
const wordsOf = (digest: Digest) => digestWords(wording, digest);
const sentences = (digest: Digest) =>
  wordsOf(digest).trials.map(({ changes }) =>
    changes.map(({ sentence, nearest }) => (nearest ? `${sentence} ${nearest}` : sentence)),
  );

describe('distances', () => {
  // The first two as published for a sphere of the earth's mean radius (movable-type.co.uk, rosettacode.org); flights by
  // the lists of longest ones, which measure on the ellipsoid: up to half a percent apart.
  it.each([
    ['Land’s End to John o’ Groats', [50.0664, -5.7147], [58.644, -3.07], 968.9, 0.0005],
    ['Nashville BNA to Los Angeles LAX', [36.12, -86.67], [33.94, -118.4], 2886.4, 0.0005],
    ['New York JFK to Singapore SIN', [40.6397, -73.7789], [1.3592, 103.9894], 15_349, 0.005],
    ['Auckland AKL to Doha DOH', [-37.0081, 174.7917], [25.2731, 51.6081], 14_535, 0.005],
    ['Perth PER to London LHR', [-31.9403, 115.9669], [51.4775, -0.4614], 14_499, 0.005],
    ['Sydney SYD to Dallas DFW', [-33.9461, 151.1772], [32.8969, -97.0381], 13_804, 0.005],
  ] as const)('%s is as far as published', (_name, from, to, published, tolerance) => {
    const check = (measure: typeof distanceKm) => {
      const km = measure({ lat: from[0], lon: from[1] }, { lat: to[0], lon: to[1] });
      expect(Math.abs(km - published) / published).toBeLessThanOrEqual(tolerance);
    };
    check(distanceKm);
    // Broken: degrees on a flat map.
    expect(() => check((a, b) => Math.hypot(a.lat - b.lat, a.lon - b.lon) * 111.195)).toThrow();
  });
});

describe('a digest for somebody who chose a place', () => {
  it('D2: a trial now listed as recruiting near it stands first, the nearest before all, with the distance said', () => {
    const trials = [
      { card: makeCard({ id: 'NCT00000001' }), ...nearLeipzig([site(paris)]) },
      { card: makeCard({ id: 'NCT00000002' }), ...nearLeipzig([site(halle), site(paris)]) },
      { card: makeCard({ id: 'NCT00000003' }), ...nearLeipzig([site({ lat: 51.34, lon: 12.37 })]) },
      nearLeipzig([site(halle)], {
        card: makeCard({ id: 'NCT00000004' }),
        changes: [siteChange('site-added', halle)],
      }),
    ];
    const digest = makeDigest(trials);
    expect(digest.trials.map(({ card }) => card.id)).toEqual([
      'NCT00000003',
      'NCT00000002',
      'NCT00000004',
      'NCT00000001',
    ]);
    expect(wordsOf(digest).first).toBe(
      '3 trials are now listed as recruiting near Leipzig and 1 trial is now listed as recruiting.',
    );
    expect(sentences(digest)).toEqual([
      [
        'Now listed as recruiting. Before: not yet recruiting. Nearest site listed as recruiting: University Hospital, Leipzig, Germany, in or next to Leipzig.',
      ],
      [
        'Now listed as recruiting. Before: not yet recruiting. Nearest site listed as recruiting: University Hospital, Halle, Germany, about 31 km (19 miles) from Leipzig.',
      ],
      [
        'New site listed as recruiting: University Hospital, Halle, Germany, about 31 km (19 miles) from Leipzig.',
      ],
      ['Now listed as recruiting. Before: not yet recruiting.'],
    ]);
  });

  it('D2: near trials that are new stand after those now recruiting, before recruiting ones elsewhere', () => {
    const fresh = (id: string, sites: Site[]) =>
      nearLeipzig(sites, {
        card: makeCard({ id }),
        items: makeItems([{ facet: 'registration', kind: 'registered', before: null, after: null }]),
      });
    const digest = makeDigest([
      { card: makeCard({ id: 'NCT1' }), ...nearLeipzig([site(paris)]) },
      fresh('NCT2', [site(paris)]),
      fresh('NCT3', [site(halle), site(halle)]),
    ]);
    expect(digest.trials.map(({ card }) => card.id)).toEqual(['NCT3', 'NCT1', 'NCT2']);
    expect(wordsOf(digest).first).toBe(
      '1 trial listed as recruiting near Leipzig is new to you, 1 trial is now listed as recruiting, and 1 trial is new to you.',
    );
    expect(sentences(digest)[0]?.[0]).toMatch(
      /about 31 km \(19 miles\) from Leipzig; 1 more within 100 km \(62 miles\)\.$/,
    );
  });

  it('D2: a recruiting site nearby of a trial that takes nobody in now is no trial that recruits there', () => {
    const closed = (id: string, status: 'SUSPENDED' | 'NOT_YET_RECRUITING', changes: Change[]) => ({
      ...nearLeipzig([site(halle)], { card: makeCard({ id, status }), changes }),
    });
    const paused: Change = { facet: 'status', kind: 'status', before: 'RECRUITING', after: 'SUSPENDED' };
    const digest = makeDigest([
      closed('NCT1', 'NOT_YET_RECRUITING', [siteChange('site-status', halle)]),
      { card: makeCard({ id: 'NCT2' }), ...nearLeipzig([site(paris)]) },
      closed('NCT3', 'SUSPENDED', [siteChange('site-added', halle), paused]),
    ]);
    expect(digest.trials.map(({ card }) => card.id)).toEqual(['NCT2', 'NCT3', 'NCT1']);
    expect(wordsOf(digest).first).toBe(
      '1 trial is now listed as recruiting, 1 trial is now listed as paused, and 1 trial has changed sites.',
    );
    expect(digest.trials[1]?.changes.map(({ facet }) => facet)).toEqual(['status', 'sites']);
  });

  it('sites beyond the distance are folded by country, near ones named first, the nearest before all', () => {
    const changes = [
      siteChange('site-added', { ...paris, ref: 1 }),
      siteChange('site-added', { ...berlin, ref: 2 }),
      siteChange('site-removed', { ...halle, ref: 3 }),
      siteChange('site-added', { ...halle, ref: 4, facility: 'Clinic' }),
      siteChange('site-added', { city: 'Leipzig', country: 'Germany', lat: 51.34, lon: 12.37, ref: 5 }),
    ];
    const digest = makeDigest([nearLeipzig([site(halle)], { changes })]);
    expect(sentences(digest)[0]).toEqual([
      '2 new sites listed as recruiting – Germany: University Hospital, Leipzig, in or next to Leipzig; Clinic, Halle, about 31 km (19 miles) from Leipzig.',
      'Site no longer listed: University Hospital, Halle, Germany, about 31 km (19 miles) from Leipzig. Before: not yet recruiting.',
      '2 new sites farther away: 1 in Germany and 1 in France.',
    ]);
  });

  it('a digest of nothing but far sites says so, and whom to talk to', () => {
    const changes = [
      siteChange('site-removed', paris),
      { ...siteChange('site-status', { ...berlin, ref: 2 }, 'SUSPENDED'), before: 'RECRUITING' },
    ];
    const digest = makeDigest([nearLeipzig([], { changes })]);
    const words = wordsOf(digest);
    expect(digest.trials[0]?.changes).toEqual([]);
    expect(words.first).toBe('1 trial has changed sites.');
    expect(words.trials[0]?.changes.map(({ sentence }) => sentence)).toEqual([
      '1 site farther away no longer listed: 1 in France.',
      '1 site farther away with a new status: 1 in Germany.',
    ]);
    expect(words.trials[0]?.advice).toMatch(/talk to the study team/);
  });

  it('D1: what came and went near it is silent as ever', () => {
    const added = siteChange('site-added', { ...halle, ref: 7 });
    const gone = { ...siteChange('site-removed', { ...halle, ref: 7 }), before: 'RECRUITING' };
    const digest = makeDigest([nearLeipzig([site(halle)], { changes: [added, gone, statusChange] })]);
    expect(digest.trials[0]?.changes.map(({ kind }) => kind)).toEqual(['status']);
  });

  it('M3: a site that the record puts nowhere is named, neither near nor far', () => {
    const nowhere = siteChange('site-added', { city: 'Atlantis', country: 'Peru' });
    const digest = makeDigest([nearLeipzig([site({ city: 'Atlantis' })], { changes: [nowhere] })]);
    expect(sentences(digest)).toEqual([
      ['New site listed as recruiting: University Hospital, Atlantis, Peru.'],
    ]);
    expect(digest.trials[0]?.folded).toEqual([]);
    const byName = siteChange('site-added', { city: 'Leipzig', country: 'Germany' });
    expect(sentences(makeDigest([nearLeipzig([], { changes: [byName] })]))[0]?.[0]).toContain(
      'next to Leipzig',
    );
  });

  it('only sites that may recruit make a trial one near it', () => {
    const nearestOf = (sites: Site[], status: 'RECRUITING' | 'AVAILABLE' | 'SUSPENDED' = 'RECRUITING') =>
      nearLeipzig(sites, { card: makeCard({ status }) }).near?.nearest;
    expect(nearestOf([site({ ...halle, status: 'NOT_YET_RECRUITING' })])).toBeNull();
    expect(nearestOf([site({ ...halle, status: 'COMPLETED' }), site(berlin)])).toBeNull();
    expect(nearestOf([site(halle)], 'SUSPENDED')).toBeNull();
    expect(nearestOf([site({ ...halle, status: null })], 'AVAILABLE')).toMatchObject({
      km: 31,
      isSaid: false,
    });
    const unsaid = nearLeipzig([site({ ...halle, status: null })]);
    expect(sentences(makeDigest([unsaid]))[0]?.[0]).toContain('Nearest site: University Hospital, Halle');
  });

  it('somebody who follows the trial itself too is told of far sites by name', () => {
    const changes = [siteChange('site-added', paris), siteChange('site-added', { ...halle, ref: 2 })];
    const digest = makeDigest([
      nearLeipzig([], { changes }, [{ place: leipzig }, {} as { place: typeof leipzig }]),
    ]);
    expect(sentences(digest)[0]).toEqual([
      'New site listed as recruiting: University Hospital, Halle, Germany, about 31 km (19 miles) from Leipzig.',
      'New site listed as recruiting: University Hospital, Paris, France.',
    ]);
  });

  it('a country without a place: its sites first, none folded that were not before', () => {
    const whereabouts = whereaboutsOf([{ country: 'france' }]);
    if (!whereabouts) throw new Error('no whereabouts');
    const changes = [
      siteChange('site-added', { ...berlin, ref: 1 }),
      siteChange('site-removed', { ...paris, ref: 2 }),
      siteChange('site-added', { ...paris, ref: 3 }),
    ];
    const digest = makeDigest([{ near: { whereabouts, nearest: null }, changes }]);
    expect(digest.trials[0]?.changes.map(({ site, kind }) => [site?.city, kind])).toEqual([
      ['Paris', 'site-added'],
      ['Paris', 'site-removed'],
      ['Berlin', 'site-added'],
    ]);
    expect(digest.trials[0]?.folded).toEqual([]);
  });

  it('several places are named apart, and counted together', () => {
    const both = [{ place: leipzig }, { place: { ...paris, km: 50, name: 'Paris, France' } }];
    const digest = makeDigest([
      { card: makeCard({ id: 'NCT1' }), ...nearLeipzig([site(halle)], {}, both) },
      { card: makeCard({ id: 'NCT2' }), ...nearLeipzig([site(paris)], {}, both) },
    ]);
    expect(wordsOf(digest).first).toBe('2 trials are now listed as recruiting near the places you chose.');
    expect(sentences(digest).flat().join()).toMatch(/next to Paris.*31 km \(19 miles\) from Leipzig/);
  });

  it('filters that name neither place nor country are no whereabouts', () => {
    expect(whereaboutsOf([{}, { sex: 'FEMALE' }])).toBeNull();
    expect(whereaboutsOf([{ place: { lat: 1, lon: 2, km: 50 } }])).toMatchObject({
      countries: [],
      onlyNear: true,
    });
    expect(whereaboutsOf([{ place: leipzig }, {}])).toMatchObject({
      countries: ['DE'],
      onlyNear: false,
    });
  });
});
