/** A site as either comparison sees it. Nothing here knows the product: it is what the product is checked against. */
export type NaiveSite = {
  facility: string;
  status: string | null;
  city: string;
  state: string;
  zip: string;
  country: string;
  lat: number | null;
  lon: number | null;
};

const fold = (text: string) =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
const zipOf = (site: NaiveSite) => site.zip.replace(/[^A-Za-z0-9]/g, '').toUpperCase();
const isPlaceholder = ({ facility, city }: NaiveSite) => {
  const name = fold(facility).replace(/\d+/g, '').trim();
  return (
    name.length < 4 ||
    name === fold(city) ||
    /^site\b|\b(?:research|study|trial|clinical|investigat\w+) (?:site|center|centre)\b(?! of)|\blocal institution\b|\binformation\b/.test(
      name,
    )
  );
};

/** Pairs of neighboring letters, the measure of Dice: alike whatever the order of words. */
function letterPairs(name: string): Map<string, number> {
  const pairs = new Map<string, number>();
  for (const word of fold(name).split(' '))
    for (let at = 0; at < word.length - 1; at++) {
      const pair = word.slice(at, at + 2);
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    }
  return pairs;
}

function dice(a: string, b: string): number {
  const [left, right] = [letterPairs(a), letterPairs(b)];
  const size = (pairs: Map<string, number>) => [...pairs.values()].reduce((sum, n) => sum + n, 0);
  const shared = [...left].reduce((sum, [pair, n]) => sum + Math.min(n, right.get(pair) ?? 0), 0);
  const [small, large] = [size(left), size(right)].sort((x, y) => x - y);
  if (!small || !large) return 0;
  // A name inside a longer one counts for most of it.
  return Math.max((2 * shared) / (small + large), small > 8 ? (0.9 * shared) / small : 0);
}

/** 1 for one place, 0.8 for one that may be, 0 for another. */
function sharePlace(a: NaiveSite, b: NaiveSite): number {
  const [one, other] = [fold(a.city), fold(b.city)];
  const [zip, otherZip] = [zipOf(a), zipOf(b)];
  const isFar =
    a.lat !== null && b.lat !== null && a.lon !== null && b.lon !== null && Math.abs(a.lat - b.lat) > 1;
  if (zip !== '' && zip === otherZip) return isFar && one !== other && fold(b.state) !== one ? 0.8 : 1;
  if (one === other && one !== '') return isFar ? 0 : zip === '' || otherZip === '' ? 0.95 : 0.9;
  if (isFar) return 0;
  return one.slice(0, 4) === other.slice(0, 4) || dice(one, other) > 0.6 ? 0.8 : 0;
}

/** Numbers and directions: names that differ in them are two sites. */
const marks = (name: string) =>
  (fold(name).match(/\b(?:\d+|first|second|third|[ns]orth\w*|south\w*|east\w*|west\w*)\b/g) ?? []).join();

const numberOf = ({ facility }: NaiveSite) => facility.match(/\d{2,}/g)?.at(-1) ?? null;

function score(a: NaiveSite, b: NaiveSite): number {
  const place = sharePlace(a, b);
  if (place === 0) return 0;
  if (isPlaceholder(a) || isPlaceholder(b)) {
    const isRenumbered = numberOf(a) !== null && numberOf(b) !== null && numberOf(a) !== numberOf(b);
    if (isRenumbered && zipOf(a).slice(0, 5) !== zipOf(b).slice(0, 5)) return 0;
    return place * (isPlaceholder(a) === isPlaceholder(b) ? 0.7 : 0.65);
  }
  if (fold(a.facility) === fold(b.facility)) return place;
  const alike = dice(a.facility, b.facility);
  return alike > (marks(a.facility) === marks(b.facility) ? 0.62 : 0.97) ? place * alike : 0;
}

/** Which sites left and which came, by positions: greedy, the most alike first. */
export function naiveSites(
  before: readonly NaiveSite[],
  after: readonly NaiveSite[],
): { gone: number[]; arrived: number[] } {
  const [rows, columns] = [new Set(before.keys()), new Set(after.keys())];
  const textOf = ({ facility, city, state, zip, country, status }: NaiveSite) =>
    [facility, city, state, zip, country, status].join('|');
  const waiting = new Map<string, number[]>();
  after.forEach((site, at) => {
    waiting.set(textOf(site), [...(waiting.get(textOf(site)) ?? []), at]);
  });
  before.forEach((site, at) => {
    const twin = waiting.get(textOf(site))?.pop();
    if (twin === undefined) return;
    rows.delete(at);
    columns.delete(twin);
  });
  const scored = [...rows].flatMap((row) =>
    [...columns].map((column) => {
      const [a, b] = [before[row], after[column]];
      return { row, column, value: a && b && fold(a.country) === fold(b.country) ? score(a, b) : 0 };
    }),
  );
  for (const { row, column, value } of scored.sort((x, y) => y.value - x.value)) {
    if (value === 0 || !rows.has(row) || !columns.has(column)) continue;
    rows.delete(row);
    columns.delete(column);
  }
  // One left a postcode and one came to it.
  for (const row of [...rows]) {
    const zip = zipOf(before[row] as NaiveSite);
    const fits = [...columns].filter((column) => zip.length > 3 && zipOf(after[column] as NaiveSite) === zip);
    const [only, ...others] = fits;
    if (only === undefined || others.length > 0) continue;
    rows.delete(row);
    columns.delete(only);
  }
  const masked = (list: readonly NaiveSite[]) => list.filter(isPlaceholder).length / Math.max(1, list.length);
  const isListed = (site: NaiveSite | undefined, own: readonly NaiveSite[], list: readonly NaiveSite[]) => {
    if (site === undefined) return false;
    const isMasked = masked(own) < 0.4 && masked(list) > 0.7;
    return list.some((other) => {
      const isRow = !isPlaceholder(site) && sharePlace(site, other) >= 0.95 && score(site, other) > 0.85;
      return isRow || (isMasked && isPlaceholder(other) && sharePlace(site, other) >= 0.9);
    });
  };
  return {
    gone: [...rows].filter((row) => !isListed(before[row], before, after)),
    arrived: [...columns].filter((column) => !isListed(after[column], after, before)),
  };
}
