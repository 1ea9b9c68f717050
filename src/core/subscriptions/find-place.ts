import { foldWords } from '../text/text.ts';
import { distanceKm } from './filters.ts';

/** A city in which a trial has a site. Degrees (WGS 84), as the registry gives them for one of its sites. */
export type Place = { city: string; state: string; country: string; lat: number; lon: number };

/** A city by a name that no other city has: with its state or region only where another one shares the rest. */
export type NamedPlace = Place & { name: string };

/** What a typed city means: one place, or those among which somebody has to choose. */
export type CityAnswer = { found: NamedPlace | null; choices: NamedPlace[] };

/** The registry now and then moves a city a little; two of one name in one country are farther apart than this. */
const sameCityKm = 40;

/** Cities, each once and under its own name, in the order of those names. */
export function nameApart(places: readonly Place[]): NamedPlace[] {
  const cities: Place[] = [];
  const byName = Map.groupBy(places, ({ city, country }) => `${foldWords(city)}\n${foldWords(country)}`);
  for (const same of byName.values()) {
    const apart: Place[] = [];
    // Those with a state first: it is the better name.
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
 * The place that a typed city names, as `nameApart` writes it or with its state, its country or both behind commas.
 * `found` is null where several are meant, and where what follows the city fits none of that name: never a guess.
 */
export function chooseCity(places: readonly NamedPlace[], typed: string): CityAnswer {
  const asked = foldWords(typed);
  const exact = places.filter(({ name }) => foldWords(name) === asked);
  if (exact.length === 1 && exact[0]) return { found: exact[0], choices: exact };
  const ofCity = places.filter(({ city }) => endOf(city, typed) >= 0);
  const fitting = ofCity.filter(({ city, state, country }) =>
    restOf(city, typed).every((word) => [state, country].map(foldWords).includes(word)),
  );
  const choices = fitting.length > 0 ? fitting : ofCity;
  return { found: fitting.length === 1 ? (fitting[0] ?? null) : null, choices };
}

const shortName = ({ city, country }: Place) => [city, country].filter((part) => part !== '').join(', ');
const longName = ({ city, state, country }: Place) =>
  [city, state, country].filter((part) => part !== '').join(', ');
const withDegrees = ({ city, country, lat, lon }: Place) =>
  shortName({ city: `${city} (${lat.toFixed(1)} ${lon.toFixed(1)})`, state: '', country, lat, lon });

function repeated(names: readonly string[]): string[] {
  return names.filter((name, n) => names.indexOf(name) !== n);
}

/** What stands behind the city, between commas. */
function restOf(city: string, typed: string): string[] {
  return typed
    .split(',')
    .slice(endOf(city, typed) + 1)
    .map(foldWords)
    .filter((word) => word !== '');
}

/** Which of the parts between commas is the last of the city's name; -1 when it does not begin with that. */
function endOf(city: string, typed: string): number {
  const parts = typed.split(',');
  return parts.findIndex((_, n) => foldWords(parts.slice(0, n + 1).join(' ')) === foldWords(city));
}
