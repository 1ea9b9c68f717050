import { countryCode, countryKey, toCountry } from '../countries.ts';
import { foldWords } from '../text/text.ts';
import type { AgeGroup, Site, Trial, TrialCountry, TrialStatus } from '../trial.ts';
import { isNeighbour } from './neighbours.ts';
import { splitPlace } from './place-name.ts';

/** The filters of a subscription (M3). An absent filter lets everything pass. */
export type SubscriptionFilters = {
  /** ISO 3166-1 code, or a name that has no known code. */
  country?: string;
  /** Degrees (WGS 84) and kilometres; `name` is the city's, for display. */
  place?: { lat: number; lon: number; km: number; name?: string };
  ageGroup?: 'CHILD' | 'ADULT' | 'OLDER_ADULT';
  /** The person's age in years; takes precedence over `ageGroup`. */
  years?: number;
  sex?: 'FEMALE' | 'MALE';
  studyTypes?: string[];
  phases?: string[];
  recruitingOnly?: boolean;
};

/** The name of a filter. */
export type FilterName = 'country' | 'place' | 'age' | 'sex' | 'studyType' | 'phase' | 'recruiting';

/** The parts of a trial that filters read. */
export type Filterable = Pick<
  Trial,
  'status' | 'lastKnownStatus' | 'minimumAge' | 'maximumAge' | 'sex' | 'studyType' | 'phases'
> & {
  sites: Pick<Site, 'city' | 'country' | 'lat' | 'lon'>[];
  countries: Pick<TrialCountry, 'code' | 'status'>[];
  ageGroups: AgeGroup[];
};

/** Whether a trial passes, and the filters that it passes only because its record does not say. */
export type FilterResult = { passes: boolean; unknown: FilterName[] };

const earthRadiusKm = 6371.0088;

/**
 * Great-circle distance in kilometres between two points in degrees, on a sphere with the earth's mean
 * radius.
 */
export function distanceKm(from: { lat: number; lon: number }, to: { lat: number; lon: number }): number {
  const radians = Math.PI / 180;
  const half = (a: number, b: number) => Math.sin(((b - a) * radians) / 2) ** 2;
  const chord =
    half(from.lat, to.lat) +
    Math.cos(from.lat * radians) * Math.cos(to.lat * radians) * half(from.lon, to.lon);
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(chord)));
}

const yearsPer: Record<string, number> = {
  year: 1,
  month: 1 / 12,
  week: 7 / 365.25,
  day: 1 / 365.25,
  hour: 1 / 8766,
  minute: 1 / 525_960,
};

/** Converts an age of the registry ("6 Months", "18 Years") to years; null if absent or not understood. */
export function ageInYears(age: string | null): number | null {
  const parts = /^(\d+(?:\.\d+)?)\s*([a-z]+?)s?$/i.exec(age?.trim() ?? '');
  const unit = yearsPer[parts?.[2]?.toLowerCase() ?? ''];
  return parts?.[1] && unit !== undefined ? Number(parts[1]) * unit : null;
}

/**
 * Age groups of ClinicalTrials.gov (API 2.0.5, `stdAges`): from the first age (inclusive) to the second
 * (exclusive).
 */
const ageGroups = { CHILD: [0, 18], ADULT: [18, 65], OLDER_ADULT: [65, Number.POSITIVE_INFINITY] } as const;

/** The age groups that one may filter by. */
export const ageGroupNames = Object.keys(ageGroups) as (keyof typeof ageGroups)[];

type Verdict = 'yes' | 'no' | 'unknown';

/** The countries of a trial, by key: those of its sites, and those that its registry lists. May repeat. */
export function countriesOf({ sites, countries }: Filterable): string[] {
  return [...sites.map(({ country }) => countryKey(country)), ...countries.map(({ code }) => code)];
}

/** An unknown spelling may mean any country, so it never excludes a trial. */
function checkCountry(trial: Filterable, country: string): Verdict {
  const all = countriesOf(trial);
  if (all.includes(countryKey(country))) return 'yes';
  return all.length > 0 && all.every((one) => countryCode(one) !== null) ? 'no' : 'unknown';
}

type Place = NonNullable<SubscriptionFilters['place']>;

function checkPlace(trial: Filterable, place: Place): Verdict {
  let known = 0;
  for (const { lat, lon } of trial.sites) {
    if (lat === null || lon === null) continue;
    known++;
    if (distanceKm(place, { lat, lon }) <= place.km) return 'yes';
  }
  if (known > 0) return known === trial.sites.length ? 'no' : 'unknown';
  return checkPlaceByName(trial, place);
}

/** Beyond this distance a place may reach countries that are no neighbours of its own. */
export const kmToNeighbours = 200;

/**
 * Without coordinates a site counts by its city, and a trial by its countries: one that is neither the
 * place's country nor a neighbour of it is out of reach.
 */
function checkPlaceByName(trial: Filterable, { name, km }: Place): Verdict {
  const { city, country } = splitPlace(name ?? '');
  const home = countryCode(country ?? '');
  if (home === null) return 'unknown';
  const isHere = (site: Filterable['sites'][number]) =>
    countryKey(site.country) === home && foldWords(site.city) === foldWords(city);
  if (trial.sites.some(isHere)) return 'yes';
  const all = countriesOf(trial);
  const isFar = (one: string) => countryCode(one) !== null && one !== home && !isNeighbour(one, home);
  return km <= kmToNeighbours && all.length > 0 && all.every(isFar) ? 'no' : 'unknown';
}

function checkAge(trial: Filterable, wanted: SubscriptionFilters): Verdict {
  if (trial.ageGroups.length > 0) return checkAgeGroups(trial.ageGroups, wanted);
  const minimum = ageInYears(trial.minimumAge);
  const maximum = ageInYears(trial.maximumAge);
  if (minimum === null && maximum === null) return 'unknown';
  const from = minimum ?? 0;
  // "65 Years" includes people who are 65 and some months.
  const to = maximum === null ? Number.POSITIVE_INFINITY : maximum >= 1 ? Math.floor(maximum) + 1 : maximum;
  if (wanted.years !== undefined) return wanted.years >= from && wanted.years < to ? 'yes' : 'no';
  const [low, high] = ageGroups[wanted.ageGroup ?? 'ADULT'];
  return from < high && to > low ? 'yes' : 'no';
}

/** A group says that some people of these ages can take part; of one age within it the record does not say. */
function checkAgeGroups(groups: AgeGroup[], { years, ageGroup }: SubscriptionFilters): Verdict {
  const [low, high] = years === undefined ? ageGroups[ageGroup ?? 'ADULT'] : [years, years + 1];
  const fits = ({ from, to }: AgeGroup) => (from ?? 0) < high && (to ?? Number.POSITIVE_INFINITY) + 1 > low;
  if (!groups.some(fits)) return 'no';
  return years === undefined ? 'yes' : 'unknown';
}

function checkSex(trial: Filterable, sex: string): Verdict {
  if (trial.sex === null) return 'unknown';
  return trial.sex === 'ALL' || trial.sex === sex ? 'yes' : 'no';
}

function checkOneOf(values: string[], wanted: string[]): Verdict {
  if (values.length === 0) return 'unknown';
  return values.some((value) => wanted.includes(value)) ? 'yes' : 'no';
}

/** The statuses that a trial may really have after two years without confirmation. */
const mayBeOpen: (TrialStatus | null)[] = ['RECRUITING', 'NOT_YET_RECRUITING', 'AVAILABLE', null];

/** In the reader's country, if the registry tells of it; else anywhere. */
function checkRecruiting(trial: Filterable, { country, place }: SubscriptionFilters): Verdict {
  const home = countryCode(country ?? splitPlace(place?.name ?? '').country ?? '');
  const here = trial.countries.find(({ code }) => code === home)?.status;
  if (here) return here === 'RECRUITING' ? 'yes' : 'no';
  if (trial.status === 'RECRUITING' || trial.status === 'AVAILABLE') return 'yes';
  if (trial.status === 'UNKNOWN') return mayBeOpen.includes(trial.lastKnownStatus) ? 'unknown' : 'no';
  return trial.status === 'WITHHELD' ? 'unknown' : 'no';
}

function checkFilters(trial: Filterable, filters: SubscriptionFilters): [FilterName, Verdict][] {
  const verdicts: [FilterName, Verdict][] = [];
  if (filters.country) verdicts.push(['country', checkCountry(trial, filters.country)]);
  if (filters.place) verdicts.push(['place', checkPlace(trial, filters.place)]);
  if (filters.years !== undefined || filters.ageGroup) verdicts.push(['age', checkAge(trial, filters)]);
  if (filters.sex) verdicts.push(['sex', checkSex(trial, filters.sex)]);
  if (filters.studyTypes?.length)
    verdicts.push(['studyType', checkOneOf(trial.studyType ? [trial.studyType] : [], filters.studyTypes)]);
  if (filters.phases?.length) verdicts.push(['phase', checkOneOf(trial.phases, filters.phases)]);
  if (filters.recruitingOnly) verdicts.push(['recruiting', checkRecruiting(trial, filters)]);
  return verdicts;
}

/** Filters in their stored form, equal if their meaning is equal. */
export function toStoredFilters(filters: SubscriptionFilters): SubscriptionFilters {
  return filters.country === undefined ? filters : { ...filters, country: toCountry(filters.country) };
}

/**
 * Tests a trial against a subscription's filters. If the record lacks a fact, the filter passes and is named
 * (M3).
 */
export function passesFilters(trial: Filterable, filters: SubscriptionFilters): FilterResult {
  const verdicts = checkFilters(trial, filters);
  return {
    passes: verdicts.every(([, verdict]) => verdict !== 'no'),
    unknown: verdicts.filter(([, verdict]) => verdict === 'unknown').map(([name]) => name),
  };
}

/** The filters that exclude a trial. */
export function failedFilters(trial: Filterable, filters: SubscriptionFilters): FilterName[] {
  return checkFilters(trial, filters).flatMap(([name, verdict]) => (verdict === 'no' ? [name] : []));
}

/**
 * Whether a trial begins to pass the filters: it did not before, or did not exist (M3: told as new to the
 * person).
 */
export function comesToPass(
  before: Filterable | null,
  after: Filterable,
  filters: SubscriptionFilters,
): boolean {
  return passesFilters(after, filters).passes && !(before && passesFilters(before, filters).passes);
}
