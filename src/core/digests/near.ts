import { type Change, type ChangedSite, statusIn } from '../change.ts';
import { countryKey } from '../countries.ts';
import type { DigestChange, NearestSite, Nearness } from '../digest-change.ts';
import { distanceKm, type SubscriptionFilters } from '../subscriptions/filters.ts';
import { splitPlace } from '../subscriptions/place-name.ts';
import { foldWords } from '../text/text.ts';
import type { Site, TrialStatus } from '../trial.ts';
import { statusBucket } from '../weight.ts';

type Place = NonNullable<SubscriptionFilters['place']>;

/** Where a person looks for sites, from all subscriptions that a trial matches. */
export type Whereabouts = {
  places: Place[];
  /** Country keys: those of the places, and those chosen without a place. */
  countries: string[];
  /** Each of those subscriptions has a place, so sites beyond all of them are folded. */
  onlyNear: boolean;
};

/** Reads the whereabouts from filters; null if none of them names a place or a country. */
export function whereaboutsOf(all: readonly SubscriptionFilters[]): Whereabouts | null {
  const places = all.flatMap(({ place }) => (place ? [place] : []));
  const named = places.flatMap(({ name }) => splitPlace(name ?? '').country ?? []);
  const countries = [...new Set([...all.flatMap(({ country }) => country ?? []), ...named].map(countryKey))];
  if (places.length === 0 && countries.length === 0) return null;
  return { places, countries, onlyNear: places.length > 0 && all.every(({ place }) => place !== undefined) };
}

/**
 * The nearest recruiting site within the distance. If the sites of an open trial have no status, any site
 * counts.
 */
export function nearestRecruiting(
  trial: { status: TrialStatus; sites: readonly Site[] },
  whereabouts: Whereabouts,
): NearestSite | null {
  if (statusBucket(trial.status) !== 'opened') return null;
  const near = trial.sites.flatMap((site) => {
    const found = site.status === null || isOpen(site.status) ? measure(site, whereabouts.places) : null;
    return found && found !== 'unknown' ? [{ site, ...found }] : [];
  });
  const [nearest] = near.toSorted((a, b) => a.exactKm - b.exactKm || (a.site.ref ?? 0) - (b.site.ref ?? 0));
  if (!nearest) return null;
  const { ref, facility, city, state, country, lat, lon } = nearest.site;
  return {
    ...nearness(nearest),
    site: { ref, facility, city, state, country, lat, lon },
    isSaid: nearest.site.status !== null,
    others: near.length - 1,
    withinKm: nearest.place.km,
  };
}

/**
 * Adds distance and country to the change of a site or a country. `isFar`: the site is beyond every distance, and the reader
 * asked only for near ones.
 */
export function placeChange(
  change: Change,
  { whereabouts, nearest }: { whereabouts: Whereabouts; nearest: NearestSite | null },
): { change: DigestChange; isFar: boolean } {
  if (change.country !== undefined) {
    const isMine = whereabouts.countries.includes(countryKey(change.country));
    const near = isMine && nearest && isOpen(statusIn(change.after)) ? { near: nearest } : {};
    return isMine
      ? { change: { ...change, ...near, isMine }, isFar: false }
      : { change, isFar: whereabouts.onlyNear };
  }
  if (!change.site) {
    const opens = change.facet === 'status' && change.kind === 'status' && isOpen(change.after);
    const isNew = change.kind === 'registered' || change.kind === 'entered';
    return { change: nearest && (opens || isNew) ? { ...change, near: nearest } : change, isFar: false };
  }
  const found = measure(change.site, whereabouts.places);
  if (found && found !== 'unknown')
    return { change: { ...change, near: nearness(found), isMine: true }, isFar: false };
  const isMine = found === 'unknown' || whereabouts.countries.includes(countryKey(change.site.country));
  return {
    change: isMine ? { ...change, isMine: true } : change,
    isFar: found === null && whereabouts.onlyNear,
  };
}

type Measured = { exactKm: number; place: Place };

/** The distance from a site to the nearest place that includes it; null if none does. */
function measure(site: Omit<ChangedSite, 'ref'>, places: readonly Place[]): Measured | 'unknown' | null {
  if (places.length === 0) return null;
  const { lat, lon } = site;
  if (lat === null || lon === null) {
    const here = places.find(({ name }) => name !== undefined && isPlaceOf(name, site));
    return here ? { exactKm: 0, place: here } : 'unknown';
  }
  const reached = places
    .map((place) => ({ place, exactKm: distanceKm(place, { lat, lon }) }))
    .filter(({ place, exactKm }) => exactKm <= place.km);
  return reached.toSorted((a, b) => a.exactKm - b.exactKm)[0] ?? null;
}

/** The registry places a site by its city: above 100 km, multiples of ten are exact enough. */
function nearness({ exactKm, place }: Measured): Nearness {
  const km = exactKm < 100 ? Math.round(exactKm) : Math.round(exactKm / 10) * 10;
  return { km, place: place.name === undefined ? null : splitPlace(place.name).city };
}

function isPlaceOf(name: string, site: Pick<ChangedSite, 'city' | 'country'>): boolean {
  const { city, country } = splitPlace(name);
  return foldWords(city) === foldWords(site.city) && countryKey(country ?? '') === countryKey(site.country);
}

function isOpen(status: unknown): boolean {
  return statusBucket(status) === 'opened';
}
