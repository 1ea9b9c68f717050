import { canonicalText } from '../canonical.ts';
import { isSameValue } from '../same-value.ts';
import type { Site } from '../trial.ts';

/** Whether two entries have identical name and place. */
export function isOnePlace(a: Site, b: Site): boolean {
  return (
    a.facility === b.facility &&
    a.city === b.city &&
    a.zip === b.zip &&
    a.state === b.state &&
    a.country === b.country
  );
}

/** Whether status, coordinates, organisation and contacts are equal. */
export function hasEqualDetails(a: Site, b: Site): boolean {
  return (
    a.status === b.status &&
    a.lat === b.lat &&
    a.lon === b.lon &&
    a.orgId === b.orgId &&
    a.department === b.department &&
    isSameValue(a.contacts, b.contacts)
  );
}

/** Status, coordinates, organisation and contacts as a key. */
export function detailsOf({ status, lat, lon, orgId, department, contacts }: Site): string {
  return [status, lat, lon, orgId, department, contacts.toSorted().join()].join('\n');
}

/** Keys for pairing entries of the same name and place, strictest first. */
export const twinKeys: [key: (site: Site) => string, phrase: string][] = [
  [detailsOf, 'the same entry'],
  [(site) => `${site.status}`, 'same name, place and status'],
  [() => '', 'same name and place'],
];

/** The keys for entries whose name and place occur only once. */
export const onlyKeys = twinKeys.filter(([, phrase]) => phrase !== 'same name, place and status');

/** Name and place as a key. */
export function identityOf(site: Site): string {
  const { facility, city, zip, state, country } = site;
  return `${facility} | ${city} | ${zip} | ${state} | ${country}`;
}

/** Whether name and place are written in canonical form. */
export function isCanonical(site: Site): boolean {
  const { facility, city, zip, state, country } = site;
  return [facility, city, zip, state, country].every((text) => canonicalText(text) === text);
}

const repeated = -1;

/** The position of each name that occurs once; `repeated` for the others. */
export function findOnly(indexes: Iterable<number>, sites: readonly Site[]): Map<string, number> {
  const only = new Map<string, number>();
  for (const index of indexes) {
    const name = sites[index]?.facility ?? '';
    only.set(name, only.has(name) ? repeated : index);
  }
  return only;
}
