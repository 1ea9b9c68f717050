import { distanceKm } from '../core/filters.ts';
import { foldWords } from '../core/text/text.ts';
import type { Site } from '../core/trial.ts';
import { statusBucket } from '../core/weight.ts';
import { quoteText, statusName } from '../core/wording/values.ts';
import type { Wording } from '../core/wording/wording.ts';

/** A country's sites as the page lists them; `hidden` are those beyond what one page may hold. */
type CountryView = {
  name: string;
  summary: string;
  sites: { place: string; status: string; mark: string; distance: string | null }[];
  hidden: string | null;
};

export type SitesView = {
  count: number;
  countries: CountryView[];
  /** Cities that distances can be measured from. */
  cities: string[];
  near: string | null;
  /** The city asked for is not among them. */
  nearUnknown: boolean;
  /** Few enough to be shown at once. */
  areOpen: boolean;
};

const sitesShown = 300;
const citiesShown = 400;
const openUpTo = 12;
const partLength = 120;

type Placed = { site: Site; km: number | null };
type City = { name: string; lat: number; lon: number };

/** A trial's sites by country, recruiting ones first; nearest first where a city of theirs is picked by `near`. */
export function viewSites(wording: Wording, sites: readonly Site[], near: string): SitesView {
  const cities = citiesOf(sites);
  const asked = foldWords(near);
  const from = asked === '' ? null : findCity(cities, asked);
  const placed = sites
    .map((site): Placed => ({ site, km: from && distanceFrom(from, site) }))
    .sort((a, b) => byDistance(a, b) || rankOf(a.site) - rankOf(b.site) || byName(a.site, b.site));
  const byCountry = Map.groupBy(placed, ({ site }) => quoteText(site.country, partLength));
  const ordered = [...byCountry].sort(
    ([oneName, one], [otherName, other]) =>
      byDistance(one[0], other[0]) || other.length - one.length || (oneName < otherName ? -1 : 1),
  );
  let left = sitesShown;
  const countries = ordered.map(([name, all]) => {
    const shown = all.slice(0, left);
    left -= shown.length;
    return viewCountry(wording, name, all, shown);
  });
  return {
    count: sites.length,
    countries,
    cities: cities.map((city) => city.name).slice(0, citiesShown),
    near: from?.name ?? null,
    nearUnknown: asked !== '' && from === null,
    areOpen: sites.length <= openUpTo,
  };
}

function viewCountry(wording: Wording, name: string, all: Placed[], shown: Placed[]): CountryView {
  const recruiting = all.filter(({ site }) => site.status === 'RECRUITING').length;
  const hidden = all.length - shown.length;
  return {
    name: name === '' ? wording.say('trial.sites.no-country') : name,
    summary: wording.say('trial.sites.country', { count: all.length, recruiting }),
    sites: shown.map(({ site, km }) => ({
      place: placeOf(wording, site),
      status: site.status === null ? '' : statusName(wording, site.status),
      mark: markOf(site.status),
      distance: km === null ? null : wording.say('trial.sites.distance', { km: Math.round(km) }),
    })),
    hidden: hidden > 0 ? wording.say('trial.sites.hidden', { count: hidden }) : null,
  };
}

/** The mark before a status, as the stylesheet knows it. */
export function markOf(status: string | null): string {
  if (status === null) return 'none';
  const bucket = statusBucket(status);
  return bucket === 'opened' ? 'open' : bucket === 'withheld' ? 'unknown' : bucket;
}

function placeOf(wording: Wording, { facility, city, state, zip }: Site): string {
  const town = [zip, city].map((part) => quoteText(part, partLength)).filter((part) => part !== '');
  const parts = [quoteText(facility, 200), town.join(' '), quoteText(state, partLength)];
  const named = parts.filter((part, n) => part !== '' && part !== parts[n - 1]);
  return named.length > 0 ? named.join(', ') : wording.say('site.no-name');
}

function citiesOf(sites: readonly Site[]): City[] {
  const cities = new Map<string, City>();
  for (const { city, country, lat, lon } of sites) {
    if (city === '' || lat === null || lon === null) continue;
    const name = [city, country].map((part) => quoteText(part, partLength)).join(', ');
    if (!cities.has(name)) cities.set(name, { name, lat, lon });
  }
  return [...cities.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function findCity(cities: City[], asked: string): City | null {
  const named = (name: string) => foldWords(name);
  return (
    cities.find(({ name }) => named(name) === asked) ??
    cities.find(({ name }) => named(name.split(', ')[0] ?? '') === asked) ??
    null
  );
}

function distanceFrom(from: City, { lat, lon }: Site): number | null {
  return lat === null || lon === null ? null : distanceKm(from, { lat, lon });
}

function byDistance(a: Placed | undefined, b: Placed | undefined): number {
  const [one, other] = [a?.km ?? Number.MAX_VALUE, b?.km ?? Number.MAX_VALUE];
  return one - other;
}

function rankOf({ status }: Site): number {
  return status === 'RECRUITING' || status === 'AVAILABLE' ? 0 : status === 'NOT_YET_RECRUITING' ? 1 : 2;
}

function byName(a: Site, b: Site): number {
  const key = ({ state, city, facility }: Site) => `${state}\n${city}\n${facility}`;
  return key(a) < key(b) ? -1 : 1;
}
