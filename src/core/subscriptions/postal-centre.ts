import { distanceKm } from './filters.ts';
import type { PostalArea } from './postal-code.ts';

/** A city with sites whose postal codes are in an area; `votes` grows with the trials that say so. */
export type CityOfArea = PostalArea & { city: string; lat: number; lon: number; votes: number };

/** The city from which distances are measured for an area. */
export type AreaCentre = CityOfArea & {
  /** Sites have this very area; otherwise only codes with the same beginning. */
  isExact: boolean;
};

/** A wider area is of use if most of its sites lie within this distance of one of its cities. */
const togetherKm = 50;
const togetherShare = 0.7;
/** Codes of one country beyond this many add nothing to its centre. */
const citiesCompared = 150;

/** The beginnings of an area's code that also name an area, from the code itself to the widest. */
export function widerCodes(code: string): string[] {
  if (/^\d+$/.test(code)) {
    const shortest = code.length <= 4 ? 2 : 3;
    return code.length === 3
      ? [code]
      : [code, code.slice(0, -1), code.slice(0, -2)].filter((one) => one.length >= shortest);
  }
  const letters = /^[A-Z]+/.exec(code)?.[0] ?? code;
  return [...new Set([code, code.replace(/(?<=\d)[A-Z]$/, ''), letters])];
}

/** Whether a stored code lies in a wider area of a code: it begins alike and, of digits, is as long. */
export function isWithinCode(stored: string, code: string, wider: string): boolean {
  if (stored === wider) return true;
  if (/^\d/.test(code)) return stored.length === code.length && stored.startsWith(wider);
  // A letter may follow the digits ("SW1A"), but no other digit: that is another district.
  const rest = stored.slice(wider.length);
  return stored.startsWith(wider) && (/\d$/.test(wider) ? /^[A-Z]$/.test(rest) : /^\d/.test(rest));
}

/**
 * For each country that has an area or, failing that, a wider one, the city that is nearest to all its sites; those with
 * the very area first, then by their number of sites. A wider area whose sites are spread out says nothing.
 */
export function centresOf(areas: readonly PostalArea[], cities: readonly CityOfArea[]): AreaCentre[] {
  const centres: AreaCentre[] = [];
  for (const [country, own] of Map.groupBy(cities, (one) => one.country)) {
    const code =
      areas.find((area) => area.country === country)?.code ?? areas.find((area) => area.country === '')?.code;
    if (code === undefined) continue;
    for (const wider of widerCodes(code)) {
      const within = own.filter((one) => isWithinCode(one.code, code, wider));
      const centre = middleOf(within);
      if (!centre) continue;
      centres.push({ ...centre, code: wider, isExact: wider === code });
      break;
    }
  }
  return centres.toSorted((a, b) => Number(b.isExact) - Number(a.isExact) || b.votes - a.votes);
}

/** The city with the least distance to all others, with all their votes; null if too many are elsewhere. */
function middleOf(cities: readonly CityOfArea[]): CityOfArea | null {
  const compared = cities.toSorted((a, b) => b.votes - a.votes).slice(0, citiesCompared);
  const votes = (some: readonly CityOfArea[]) => some.reduce((sum, one) => sum + one.votes, 0);
  const farOf = (one: CityOfArea) =>
    compared.reduce((sum, other) => sum + other.votes * Math.min(1_000, distanceKm(one, other)), 0);
  const [middle] = compared.map((one) => ({ one, far: farOf(one) })).toSorted((a, b) => a.far - b.far);
  if (!middle) return null;
  const near = compared.filter((other) => distanceKm(middle.one, other) <= togetherKm);
  const all = votes(compared);
  if (votes(near) < all * togetherShare) return null;
  // Of the spellings at one point, the usual one.
  const [usual = middle.one] = compared.filter(
    ({ lat, lon }) => lat === middle.one.lat && lon === middle.one.lon,
  );
  return { ...usual, votes: all };
}
