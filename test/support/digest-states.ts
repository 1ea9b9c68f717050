import type { Change } from '../../src/core/change.ts';
import { whereaboutsOf } from '../../src/core/digests/near.ts';
import {
  makeCard,
  makeDigest,
  makeItems,
  makeSite,
  pauseChange,
  reasonCondition,
  type SampleTrial,
  statusChange,
} from './trial-samples.ts';

/** A person who follows leukemia within 100 km of Leipzig. */
const wishLeipzig = { place: { lat: 51.33962, lon: 12.37129, km: 100, name: 'Leipzig, Germany' } };
const halle = { city: 'Halle', state: '', country: 'Germany', lat: 51.48158, lon: 11.97947 };
const places = [
  { city: 'Lyon', state: '', country: 'France', lat: 45.74846, lon: 4.84671 },
  { city: 'Leeds', state: '', country: 'United Kingdom', lat: 53.79648, lon: -1.54785 },
  { city: 'Hamburg', state: '', country: 'Germany', lat: 53.57532, lon: 10.01534 },
];

function nearLeipzig(isNear: boolean): SampleTrial['near'] {
  const whereabouts = whereaboutsOf([wishLeipzig]);
  if (!whereabouts) throw new Error('no whereabouts');
  const site = makeSite({ facility: 'Universitätsklinikum Halle', ...halle });
  const nearest = { km: 31, place: 'Leipzig', site, isSaid: true, others: 1, withinKm: 100 };
  return { whereabouts, nearest: isNear ? nearest : null };
}

function addedSites(
  sites: { city: string; state: string; country: string; lat: number; lon: number }[],
): Change[] {
  return sites.map((place, n) => ({
    facet: 'sites',
    kind: 'site-added',
    before: null,
    after: 'RECRUITING',
    site: makeSite({ ref: n + 1, facility: `Study Centre ${n + 1}`, ...place }),
  }));
}

/**
 * Near Leipzig: a trial that now recruits, a new site besides distant ones, a new trial; and a trial that recruits
 * elsewhere.
 */
export const nearDigest = makeDigest([
  {
    card: makeCard({ id: 'NCT04532203', title: 'CAR-T Cells with Central Nervous System Involvement' }),
    changes: [statusChange],
    reasons: [reasonCondition],
    near: nearLeipzig(false),
  },
  { changes: [statusChange], reasons: [reasonCondition], near: nearLeipzig(true) },
  {
    card: makeCard({ id: 'NCT04787263', title: 'Anti-CD19 CAR-T in Children' }),
    changes: addedSites([...places, halle, ...places]),
    reasons: [reasonCondition],
    near: nearLeipzig(true),
  },
  {
    card: makeCard({ id: 'NCT02186860', title: 'CAR-T for ALL, single arm' }),
    items: makeItems([{ facet: 'registration', kind: 'registered', before: null, after: null }]),
    reasons: [reasonCondition],
    near: nearLeipzig(true),
  },
]);

/** Only sites that are too far away. */
export const farDigest = makeDigest([
  { changes: addedSites(places), reasons: [reasonCondition], near: nearLeipzig(false) },
]);

/** A hundred sites in one change, in 23 countries. */
export const hundredSites = makeDigest([
  {
    changes: addedSites(
      Array.from({ length: 100 }, (_, n) => ({
        ...halle,
        country: `Country ${n % 23}`,
        city: `City number ${n}`,
      })),
    ),
  },
]);

/** A trial whose every text is a megabyte long. */
export const megabyte = makeDigest([
  {
    card: makeCard({
      title: 'A very long title. '.repeat(60_000),
      conditions: ['A very long condition. '.repeat(60_000)],
      sponsor: { name: 'x'.repeat(1_000_000), class: null },
    }),
    changes: [
      { ...pauseChange, whyStopped: 'A very long reason. '.repeat(60_000) },
      {
        facet: 'eligibility',
        kind: 'criteria',
        before: [],
        after: [{ list: 'inclusion', text: 'A very long criterion. '.repeat(60_000) }],
      },
      { facet: 'title', kind: 'title', before: 'x'.repeat(1_000_000), after: 'y'.repeat(1_000_000) },
    ],
    reasons: [{ ...reasonCondition, words: 'z'.repeat(1_000_000) }],
  },
]);
