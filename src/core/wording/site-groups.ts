import { countryKey } from '../countries.ts';
import type { DigestChange } from '../digest-change.ts';
import { countryName } from './countries.ts';
import { siteWithDistance } from './near.ts';
import { statusName } from './values.ts';
import type { Wording } from './wording.ts';

/** Groups equal changes of sites in one country at the position of the first; other changes stay alone. */
export function groupSites(changes: readonly DigestChange[]): DigestChange[][] {
  const groups: DigestChange[][] = [];
  for (const change of changes) {
    const group = groups.find(([first]) => first && saysTheSame(first, change));
    if (group) group.push(change);
    else groups.push([change]);
  }
  return groups;
}

/** One sentence for a group of at least two sites: the change, the country, and each name. */
export function groupSentence(wording: Wording, group: readonly DigestChange[]): string | null {
  const [first] = group;
  if (!first?.site || group.length < 2) return null;
  const sites = group.flatMap(({ site, near }) =>
    site ? [siteWithDistance(wording, { ...site, country: '' }, near)] : [],
  );
  const values = {
    count: sites.length,
    country: countryName(wording, first.site.country),
    sites: listAlike(wording, sites).join('; '),
    before: statusName(wording, first.before),
    after: statusName(wording, first.after),
  };
  if (first.kind === 'site-added')
    return wording.say(first.after === null ? 'site.group.added-without-status' : 'site.group.added', values);
  if (first.kind === 'site-removed')
    return wording.say(
      first.before === null ? 'site.group.removed-without-status' : 'site.group.removed',
      values,
    );
  return wording.say('site.group.status', values);
}

/** Each name once, with its number of sites: equal names must not look like different places. */
export function listAlike(wording: Wording, sites: readonly string[]): string[] {
  return [...Map.groupBy(sites, (site) => site)].map(([site, { length: count }]) =>
    count === 1 ? site : wording.say('site.group.alike', { site, count }),
  );
}

function saysTheSame(one: DigestChange, other: DigestChange): boolean {
  return (
    one.site !== undefined &&
    other.site !== undefined &&
    one.site.country !== '' &&
    countryKey(one.site.country) === countryKey(other.site.country) &&
    (one.near === undefined) === (other.near === undefined) &&
    one.kind === other.kind &&
    one.before === other.before &&
    one.after === other.after
  );
}
