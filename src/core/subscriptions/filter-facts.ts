import { countryCode } from '../countries.ts';
import {
  ageGroupNames,
  countriesOf,
  type Filterable,
  failedFilters,
  kmToNeighbours,
  type SubscriptionFilters,
} from './filters.ts';
import { neighboursOf } from './neighbours.ts';
import { splitPlace } from './place-name.ts';

/** What lists of trials are filtered by: the facts that `passesFilters` reads, in a form that a store can compare. */
export type FilterFacts = {
  /** The keys of its countries; `countriesKnown`: there are some, and every spelling is understood. */
  countries: string[];
  countriesKnown: boolean;
  /** The age groups whose filter it passes. */
  ageGroups: string[];
  studyType: string | null;
  phases: string[];
  /** The distinct points of its sites, in degrees; `pointsKnown`: every site has one. */
  points: { lat: number; lon: number }[];
  pointsKnown: boolean;
};

/** The facts of a trial. */
export function filterFactsOf(trial: Filterable): FilterFacts {
  const countries = [...new Set(countriesOf(trial))];
  const points = new Map<string, { lat: number; lon: number }>();
  for (const { lat, lon } of trial.sites)
    if (lat !== null && lon !== null) points.set(`${lat} ${lon}`, { lat, lon });
  return {
    countries,
    countriesKnown: countries.length > 0 && countries.every((one) => countryCode(one) !== null),
    ageGroups: ageGroupNames.filter((ageGroup) => failedFilters(trial, { ageGroup }).length === 0),
    studyType: trial.studyType,
    phases: trial.phases,
    points: [...points.values()],
    pointsKnown: trial.sites.every(({ lat, lon }) => lat !== null && lon !== null),
  };
}

/**
 * The countries that a place may reach, for trials whose sites have no coordinates, as `passesFilters` counts them. Null
 * if it may reach any.
 */
export function countriesInReach({ name, km }: NonNullable<SubscriptionFilters['place']>): string[] | null {
  const home = countryCode(splitPlace(name ?? '').country ?? '');
  const around = home === null || km > kmToNeighbours ? null : neighboursOf(home);
  return home === null || around === null ? null : [home, ...around];
}
