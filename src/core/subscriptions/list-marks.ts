import { countryCode, countryKey } from '../countries.ts';
import {
  ageGroupNames,
  countriesOf,
  type Filterable,
  failedFilters,
  kmToNeighbours,
  type SubscriptionFilters,
} from './filters.ts';
import { cellOf, cellsAround } from './map-cells.ts';
import { neighboursOf } from './neighbours.ts';
import { splitPlace } from './place-name.ts';

/** The filters of a list; a subscription may have more. */
export type ListFilters = Pick<
  SubscriptionFilters,
  'country' | 'place' | 'ageGroup' | 'studyTypes' | 'phases'
>;
type Place = NonNullable<ListFilters['place']>;

/**
 * What lists of trials are filtered by, as numbers that an index holds, and the distinct points of the sites, in
 * degrees. The numbers are stored: one that has another meaning needs all trials filled anew (`fill-trial-marks.ts`).
 */
export type ListFacts = { marks: number[]; points: { lat: number; lon: number }[] };

/** Of a stored trial that was not yet marked: it passes every filter. */
export const unmarked = 0;
/** Cells of the map, by their size in degrees: a large circle has too many small ones for an index to be quick. */
const firstCell = { 1: 1, 3: 70_000 } as const;
const kmOfSmallCells = 150;
const named = {
  /** Some site has no point, or neither points nor countries are known. */
  anywhere: 100_000,
  /** No site has a point. */
  unplaced: 100_001,
  /** No country is known, or a spelling is not understood. */
  anyCountry: 100_002,
  anyType: 100_010,
  INTERVENTIONAL: 100_011,
  OBSERVATIONAL: 100_012,
  EXPANDED_ACCESS: 100_013,
  anyPhase: 100_020,
  EARLY_PHASE1: 100_021,
  PHASE1: 100_022,
  PHASE2: 100_023,
  PHASE3: 100_024,
  PHASE4: 100_025,
  NA: 100_026,
  CHILD: 100_030,
  ADULT: 100_031,
  OLDER_ADULT: 100_032,
} as const;
const firstCountry = 200_000;
/** The countries of a trial without points, which a place is compared with. */
const firstCountryOfUnplaced = 300_000;

const markOf = (name: string) => (Object.hasOwn(named, name) ? [named[name as keyof typeof named]] : []);
const numberOf = (code: string) => (code.charCodeAt(0) - 65) * 26 + code.charCodeAt(1) - 65;

/** The facts of a trial, so that it passes the filters that `passesFilters` lets it pass. */
export function listFactsOf(trial: Filterable): ListFacts {
  const points = new Map<string, { lat: number; lon: number }>();
  for (const { lat, lon } of trial.sites)
    if (lat !== null && lon !== null) points.set(`${lat} ${lon}`, { lat, lon });
  const isPlaced = trial.sites.every(({ lat, lon }) => lat !== null && lon !== null);
  const codes = [...new Set(countriesOf(trial).map(countryCode))];
  const known = codes.length > 0 ? codes.filter((code) => code !== null) : [];
  const areKnown = known.length > 0 && known.length === codes.length;
  const marks = [
    ...(areKnown ? known.map((code) => firstCountry + numberOf(code)) : [named.anyCountry]),
    ...(trial.studyType === null ? [named.anyType] : markOf(trial.studyType)),
    ...(trial.phases.length === 0 ? [named.anyPhase] : trial.phases.flatMap(markOf)),
    ...ageGroupNames.filter((ageGroup) => failedFilters(trial, { ageGroup }).length === 0).flatMap(markOf),
    ...[...points.values()].flatMap((point) => [
      firstCell[1] + cellOf(point, 1),
      firstCell[3] + cellOf(point, 3),
    ]),
  ];
  if (points.size > 0 && !isPlaced) marks.push(named.anywhere);
  if (points.size === 0) marks.push(named.unplaced);
  if (points.size === 0 && areKnown)
    marks.push(...known.map((code) => firstCountryOfUnplaced + numberOf(code)));
  if (points.size === 0 && !areKnown) marks.push(named.anywhere);
  return { marks: [...new Set(marks)].sort((a, b) => a - b), points: [...points.values()] };
}

/** The groups of marks of which a trial has at least one each if it passes the filters, but for the place. */
export function marksAsked({ country, ageGroup, studyTypes = [], phases = [] }: ListFilters): number[][] {
  const asked: number[][] = [];
  if (country !== undefined) {
    const code = countryCode(countryKey(country));
    asked.push([named.anyCountry, ...(code === null ? [] : [firstCountry + numberOf(code)])]);
  }
  if (ageGroup !== undefined) asked.push(markOf(ageGroup));
  if (studyTypes.length > 0) asked.push([named.anyType, ...studyTypes.flatMap(markOf)]);
  if (phases.length > 0) asked.push([named.anyPhase, ...phases.flatMap(markOf)]);
  return asked.map((marks) => [unmarked, ...marks]);
}

/**
 * The marks of trials that a place may reach: a trial that passes has one of all; one of `sure` passes whatever its
 * distance.
 */
export function marksNear(place: Place): { all: number[]; sure: number[] } {
  const reached = countriesInReach(place);
  const size = place.km > kmOfSmallCells ? 3 : 1;
  const { touched, within } = cellsAround(place, size);
  const byName =
    reached === null ? [named.unplaced] : reached.map((code) => firstCountryOfUnplaced + numberOf(code));
  const unmeasured = [unmarked, named.anywhere, ...byName];
  const marksOf = (cells: readonly number[]) => cells.map((cell) => firstCell[size] + cell);
  return { all: [...unmeasured, ...marksOf(touched)], sure: [...unmeasured, ...marksOf(within)] };
}

/**
 * The countries that a place may reach, for trials whose sites have no coordinates, as `passesFilters` counts them. Null
 * if it may reach any.
 */
function countriesInReach({ name, km }: Place): string[] | null {
  const home = countryCode(splitPlace(name ?? '').country ?? '');
  const around = home === null || km > kmToNeighbours ? null : neighboursOf(home);
  return home === null || around === null ? null : [home, ...around];
}
