import { canonicalText } from '../canonical.ts';
import type { Site } from '../trial.ts';

/** A site's organisation in its country, for registries that give organisations lasting ids; null without one. */
export function organisationOf(site: Site | undefined): string | null {
  return site === undefined || site.orgId === null ? null : `${site.country}\n${site.orgId}`;
}

/**
 * Keys for pairing the sites of one organisation, strictest first: a department of the same name and status,
 * then any: departments are renamed.
 */
export const departmentKeys: ((site: Site) => string)[] = [
  (site) => `${canonicalText(site.department)}\n${site.status}`,
  (site) => canonicalText(site.department),
  () => '',
];

/** Whether two sites name different organisations. */
export function isOtherOrganisation(a: Site, b: Site): boolean {
  return a.orgId !== null && b.orgId !== null && a.orgId !== b.orgId;
}
