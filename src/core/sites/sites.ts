import type { Site, Trial } from '../trial.ts';

/**
 * The outcome of one entry, by positions in the two lists. `masked` and `still-listed` entries did not leave,
 * `unmasked` and `listed-before` ones did not arrive: the entries at `standIns`, positions in the other list,
 * stand for their place.
 */
export type SitePair =
  | { kind: 'equal' | 'paired'; before: number; after: number; phrase: string }
  | { kind: 'gone'; before: number; after: null; phrase: string }
  | { kind: 'arrived'; before: null; after: number; phrase: string }
  | { kind: 'masked' | 'still-listed'; before: number; after: null; standIns: number[]; phrase: string }
  | { kind: 'unmasked' | 'listed-before'; before: null; after: number; standIns: number[]; phrase: string };

/**
 * Gives each unnumbered site of a trial a number. It is derived from the site's name and place, or its
 * organisation: a site that
 * leaves and comes back gets its old number again, and no other site ever takes it. The order of the list
 * makes no difference. Numbers fit in 31 bits and are unique within the trial; those in `reserved` are not
 * used.
 */
export function numberSites(trial: Trial, reserved: readonly number[] = []): Trial {
  if (!trial.sites.some((site) => site.ref === null)) return trial;
  const taken = new Set([...reserved, ...trial.sites.flatMap((site) => site.ref ?? [])]);
  const sites = [...trial.sites];
  const fresh = sites
    .flatMap((site, at) => (site.ref === null ? [{ site, at, key: identityOf(site) }] : []))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  // Where to continue the search for a free number: copies of one site start from the same number.
  const resumed = new Map<number, number>();
  for (const { site, at, key } of fresh) {
    const start = hashText(key);
    let ref = resumed.get(start) ?? start;
    while (taken.has(ref)) ref = (ref % 0x7ffffffe) + 1;
    resumed.set(start, ref);
    taken.add(ref);
    sites[at] = { ...site, ref };
  }
  return { ...trial, sites };
}

function identityOf(site: Site): string {
  // An organisation keeps its id when it is renamed.
  if (site.orgId !== null) return [site.country, site.orgId, site.department].join('\n');
  return [site.country, site.city, site.facility, site.zip, site.state].join('\n');
}

/** FNV-1a, folded to 31 bits, never 0. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return ((hash >>> 1) % 0x7ffffffe) + 1;
}

/** The sites of `after`, with the numbers of their partners in `before`. New sites get new numbers. */
export function carrySiteNumbers(before: Trial, after: Trial, pairs: readonly SitePair[]): Trial {
  const sites = [...after.sites];
  for (const { before: from, after: to } of pairs) {
    const site = to === null ? undefined : after.sites[to];
    const ref = from === null ? null : (before.sites[from]?.ref ?? null);
    if (to !== null && site && site.ref !== ref) sites[to] = { ...site, ref };
  }
  const gone = before.sites.flatMap((site) => site.ref ?? []);
  return numberSites({ ...after, sites }, gone);
}
