import { countryKey, nameCountry } from '../countries.ts';
import { foldWords } from '../text/text.ts';
import { distanceKm } from './filters.ts';
import { joined, splitPlace } from './place-name.ts';

/**
 * A city with a trial's site, in degrees (WGS 84) as the registry gives them for one of its sites. `country`
 * may be a name or a code.
 */
export type Place = { city: string; state: string; country: string; lat: number; lon: number };

/** A city with a unique name. State or region are included only if another city shares the rest. */
export type NamedPlace = Place & { name: string };

/** The meaning of a typed city: one place, or several to choose from. */
export type CityAnswer = { found: NamedPlace | null; choices: NamedPlace[] };

/**
 * The meaning of a typed place; of a postal code, the city from which its area is measured. `byCode` says that it was
 * read as a code: of the area itself, of a wider one around it, or of none that any site is in.
 */
export type PlaceAnswer = CityAnswer & { byCode: 'exact' | 'wider' | 'unknown' | null };

/** Why a typed place is not found. */
export type PlaceFault = `${'city' | 'code'}-${'unknown' | 'many'}`;

/** Why no place is found; null if one is. */
export function faultOf({ found, choices, byCode }: PlaceAnswer): PlaceFault | null {
  return found ? null : `${byCode ? 'code' : 'city'}-${choices.length > 0 ? 'many' : 'unknown'}`;
}

/**
 * The registry sometimes moves a city a little; two cities of one name in one country are farther apart than
 * this.
 */
export const sameCityKm = 40;

/** Gives each city a unique name, and sorts by name. */
export function nameApart(places: readonly Place[]): NamedPlace[] {
  const cities: Place[] = [];
  const byName = Map.groupBy(places, ({ city, country }) => `${foldWords(city)}\n${countryKey(country)}`);
  for (const same of byName.values()) {
    const apart: Place[] = [];
    // Those with a state first: it makes the better name.
    for (const place of same.toSorted((a, b) => Number(a.state === '') - Number(b.state === '')))
      if (apart.every((one) => distanceKm(one, place) > sameCityKm)) apart.push(place);
    cities.push(...apart);
  }
  const shared = new Set(repeated(cities.map(shortName)));
  const named = cities.map((place) => ({
    ...place,
    name: shared.has(shortName(place)) ? longName(place) : shortName(place),
  }));
  const still = new Set(repeated(named.map(({ name }) => name)));
  return named
    .map((place) => (still.has(place.name) ? { ...place, name: withDegrees(place) } : place))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Finds the place that a typed city names: as `nameApart` writes it, or followed by its state, its country or
 * both, separated by commas; the country may have any of its names. `found` is null if several places fit, or
 * if no place of that name fits the words after the city. Never guesses.
 */
export function chooseCity(places: readonly NamedPlace[], typed: string): CityAnswer {
  const asked = placeKey(typed);
  const exact = places.filter(({ name }) => placeKey(name) === asked);
  if (exact.length === 1 && exact[0]) return { found: exact[0], choices: exact };
  const ofCity = places.filter(({ city }) => endOf(city, typed) >= 0);
  const fitting = ofCity.filter((place) => isNarrowedBy(place, restOf(place.city, typed)));
  const choices = fitting.length > 0 ? fitting : ofCity;
  return { found: fitting.length === 1 ? (fitting[0] ?? null) : null, choices };
}

function placeKey(name: string): string {
  const { city, country } = splitPlace(name);
  return `${foldWords(city)}\n${countryKey(country ?? '')}`;
}

/** Whether the words after a city name its state, its country or both. */
function isNarrowedBy({ state, country }: Place, rest: readonly string[]): boolean {
  const isCountry = (words: readonly string[]) => countryKey(joined(words)) === countryKey(country);
  const tail = rest.findIndex((_, n) => isCountry(rest.slice(n)));
  const others = tail < 0 ? rest : rest.slice(0, tail);
  return others.every((word) => foldWords(word) === foldWords(state) || isCountry([word]));
}

const shortName = ({ city, country }: Place) => named([city, inEnglish(country)]);
const longName = ({ city, state, country }: Place) => named([city, state, inEnglish(country)]);
const withDegrees = ({ city, country, lat, lon }: Place) =>
  named([`${city} (${lat.toFixed(1)} ${lon.toFixed(1)})`, inEnglish(country)]);
const named = (parts: readonly string[]) => joined(parts.filter((part) => part !== ''));
const inEnglish = (country: string) => nameCountry(country, 'en') ?? country;

function repeated(names: readonly string[]): string[] {
  return names.filter((name, n) => names.indexOf(name) !== n);
}

/** The parts after the city, separated by commas. */
function restOf(city: string, typed: string): string[] {
  return typed
    .split(',')
    .slice(endOf(city, typed) + 1)
    .filter((part) => foldWords(part) !== '');
}

/**
 * The index of the last part, between commas, of the city's name; -1 if the text does not begin with that
 * name.
 */
function endOf(city: string, typed: string): number {
  const parts = typed.split(',');
  return parts.findIndex((_, n) => foldWords(parts.slice(0, n + 1).join(' ')) === foldWords(city));
}
