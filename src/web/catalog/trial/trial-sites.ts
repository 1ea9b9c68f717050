import { countryKey } from '../../../core/countries.ts';
import { distanceKm } from '../../../core/subscriptions/filters.ts';
import {
  chooseCity,
  type NamedPlace,
  nameApart,
  type PlaceAnswer,
  type PlaceFault,
} from '../../../core/subscriptions/find-place.ts';
import { foldWords } from '../../../core/text/text.ts';
import type { PartialDate, Site, TrialCountry } from '../../../core/trial.ts';
import { countryName, listingName } from '../../../core/wording/countries.ts';
import { type Mark, markOf } from '../../../core/wording/shape/marks.ts';
import { markRegistry, quoteText, statusName } from '../../../core/wording/values.ts';
import type { Wording } from '../../../core/wording/wording.ts';
import { findPlace } from '../../../db/catalog/places.ts';
import type { Db } from '../../../db/connect.ts';
import type { SiteNews } from '../time/site-news.ts';

/** A country's sites. `hidden` says how many more there are than the page shows. */
type CountryView = {
  name: string;
  summary: string;
  /** “+ 1 − 2”: sites that came and went lately. */
  news: string | null;
  sites: { place: string; status: string; mark: Mark | null; distance: string | null }[];
  hidden: string | null;
};

/** A trial's sites in words. */
export type SitesView = {
  count: number;
  /** How many sites in how many countries, and how many of them recruit. */
  totals: string;
  countries: CountryView[];
  /** Cities to measure distances from; empty if no site has coordinates. */
  cities: string[];
  near: Near;
  /** The list is short enough to be open from the start. */
  areOpen: boolean;
};

const sitesShown = 300;
const citiesShown = 200;
const openUpTo = 3;
const partLength = 120;

/** The countries of a registry that tells of each, in words. */
export function viewListings(wording: Wording, countries: readonly TrialCountry[]) {
  const dated = (key: string, date: PartialDate | null) =>
    date === null ? [] : [wording.say(`trial.country.${key}`, { date: wording.date(date) })];
  return countries
    .map((country) => ({
      name: countryName(wording, country.name),
      status: country.status === null ? null : listingName(wording, country),
      mark: markOf(country.status),
      dates: [
        ...dated('recruitment-start', country.recruitmentStart),
        ...dated('recruitment-end', country.recruitmentEnd),
      ].join(' '),
    }))
    .toSorted((one, other) => one.name.localeCompare(other.name, wording.language));
}

type Placed = { site: Site; km: number | null };

/** A trial's sites by country, recruiting ones first; nearest first if a city to measure from was found. */
export function viewSites(wording: Wording, sites: readonly Site[], near: Near, news: SiteNews): SitesView {
  const from = near.kind === 'found' ? near.place : null;
  const placed = sites
    .map((site): Placed => ({ site, km: distanceFrom(from, site) }))
    .sort((a, b) => byDistance(a, b) || rankOf(a.site) - rankOf(b.site) || byName(a.site, b.site));
  const ordered = [
    ...Map.groupBy(placed, ({ site }) => countryKey(quoteText(site.country, partLength))).values(),
  ]
    .map((all) => ({ all, name: nameOf(wording, all) }))
    .sort(
      (one, other) =>
        byDistance(one.all[0], other.all[0]) ||
        other.all.length - one.all.length ||
        one.name.localeCompare(other.name, wording.language),
    );
  let left = sitesShown;
  const countries = ordered.map(({ all, name }) => {
    const shown = all.slice(0, left);
    left -= shown.length;
    const key = countryKey(quoteText(all[0]?.site.country ?? '', partLength));
    return { name, news: newsLine(news.byCountry.get(key)), ...viewCountry(wording, all, shown) };
  });
  return {
    count: sites.length,
    totals: wording.say('trial.sites.totals', {
      count: sites.length,
      countries: ordered.length,
      recruiting: sites.filter(({ status }) => status === 'RECRUITING').length,
    }),
    countries,
    cities: citiesOf(sites).slice(0, citiesShown).map(nameCity),
    near,
    areOpen: sites.length <= openUpTo,
  };
}

function newsLine(counted?: { added: number; removed: number }): string | null {
  if (!counted) return null;
  const { added, removed } = counted;
  return [added > 0 ? `+ ${added}` : '', removed > 0 ? `− ${removed}` : ''].join(' ').trim();
}

function nameOf(wording: Wording, all: Placed[]): string {
  const name = quoteText(all[0]?.site.country ?? '', partLength);
  return name === '' ? wording.say('trial.sites.no-country') : countryName(wording, name);
}

function viewCountry(wording: Wording, all: Placed[], shown: Placed[]): Omit<CountryView, 'name' | 'news'> {
  const recruiting = all.filter(({ site }) => site.status === 'RECRUITING').length;
  const hidden = all.length - shown.length;
  return {
    summary: wording.say('trial.sites.country', { count: all.length, recruiting }),
    sites: shown.map(({ site, km }) => ({
      place: placeOf(wording, site),
      status: site.status === null ? '' : statusName(wording, site.status),
      mark: markOf(site.status),
      distance:
        km === null
          ? null
          : wording.say('trial.sites.distance', { distance: wording.distance(Math.round(km)) }),
    })),
    hidden: hidden > 0 ? wording.say('trial.sites.hidden', { count: hidden }) : null,
  };
}

function placeOf(wording: Wording, { facility, city, state, zip }: Site): string {
  const town = [zip, city].map((part) => quoteText(part, partLength)).filter((part) => part !== '');
  const parts = [quoteText(facility, 200), town.join(' '), quoteText(state, partLength)];
  const named = parts.filter((part, n) => part !== '' && part !== parts[n - 1]);
  return named.length > 0 ? markRegistry(wording, named.join(', ')) : wording.say('site.no-name');
}

function distanceFrom(from: { lat: number; lon: number } | null, { lat, lon }: Site): number | null {
  return from === null || lat === null || lon === null ? null : distanceKm(from, { lat, lon });
}

/** Sites without coordinates come last. */
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

/** The result of looking up the city to measure distances from. */
export type Near =
  | { kind: 'none' }
  | { kind: 'found'; place: NamedPlace; name: string; typed: string; byCode: PlaceAnswer['byCode'] }
  /** The city is ambiguous, or several countries have the postal code. */
  | { kind: 'choose'; typed: string; names: string[] }
  | { kind: 'unknown'; typed: string; fault: PlaceFault };

const cityLength = 240;

/** Finds a typed city, with or without its country: first among these sites, then among all cities with a site. */
export async function findNear(db: Db, sites: readonly Site[], typed: string): Promise<Near> {
  if (foldWords(typed) === '') return { kind: 'none' };
  const place = chooseCity(citiesOf(sites), typed).found;
  const answer = place ? { found: place, choices: [], byCode: null } : await findPlace(db, typed);
  const { found, choices, byCode } = answer;
  if (found) return { kind: 'found', place: found, name: nameCity(found), typed, byCode };
  if (choices.length > 0) return { kind: 'choose', typed, names: choices.map(nameCity) };
  return { kind: 'unknown', typed, fault: byCode ? 'code-unknown' : 'city-unknown' };
}

/** A city's name, as shown and as it can be typed. */
function nameCity({ name }: NamedPlace): string {
  return quoteText(name, cityLength);
}

/** The distinct cities of the sites that have coordinates. */
function citiesOf(sites: readonly Site[]): NamedPlace[] {
  return nameApart(
    sites.flatMap(({ city, state, country, lat, lon }) =>
      city === '' || lat === null || lon === null ? [] : [{ city, state, country, lat, lon }],
    ),
  );
}
