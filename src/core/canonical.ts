import type { Json } from './change.ts';
import type { Site, TrialField } from './trial.ts';

/** Every tracked field, in the order of edits. */
export const trialFields = [
  'status',
  'statusBasis',
  'registryStatus',
  'lastKnownStatus',
  'whyStopped',
  'hasExpandedAccess',
  'linkedAccess',
  'countries',
  'startDate',
  'recruitmentStart',
  'recruitmentEnd',
  'primaryCompletionDate',
  'completionDate',
  'resultsPostedOn',
  'resultsState',
  'resultsSubmittedOn',
  'resultsHash',
  'resultsDelayedOn',
  'postingDelayed',
  'violations',
  'hasViolation',
  'papers',
  'retractions',
  'sites',
  'enrollment',
  'minimumAge',
  'maximumAge',
  'ageGroups',
  'sex',
  'healthyVolunteers',
  'genderBased',
  'genderDescription',
  'studyPopulation',
  'criteria',
  'studyType',
  'phases',
  'allocation',
  'interventionModel',
  'masking',
  'primaryPurpose',
  'observationalModel',
  'timePerspective',
  'title',
  'titles',
  'language',
  'officialTitle',
  'acronym',
  'sponsor',
  'collaborators',
  'conditions',
  'keywords',
  'meshes',
  'ancestors',
  'interventions',
  'arms',
  'outcomes',
  'contacts',
  'summary',
  'description',
  'documents',
  'dataSharing',
  'aliases',
  'secondaryIds',
  'firstPostedOn',
] as const satisfies readonly TrialField[];

type Missing = Exclude<TrialField, (typeof trialFields)[number]>;
const complete: Missing extends never ? true : Missing = true;
void complete;

/** The key of a site: everything except the number that we gave it. */
export function siteKey(site: Site): string {
  const { facility, department, status, city, state, zip, country, lat, lon, orgId, contacts } = site;
  const place = [facility, department, city, state, zip, country].map(canonicalText).join('\n');
  return `${status}\n${place}\n${lat}\n${lon}\n${orgId}\n${contacts.toSorted().join()}`;
}

/**
 * The value without anything that carries no meaning: order of lists and keys, white space, Unicode form,
 * site numbers.
 */
export function canonicalValue(value: unknown): Json {
  if (typeof value === 'string') return canonicalText(value);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => canonicalValue(item));
    if (items.length < 2) return items;
    const keyed = items.map((item) => ({ item, key: JSON.stringify(item) }));
    return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ item }) => item);
  }
  if (typeof value !== 'object' || value === null) return null;
  const sorted: { [key: string]: Json } = {};
  for (const [key, inner] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (key !== 'ref') sorted[key] = canonicalValue(inner);
  }
  return sorted;
}

/** `JSON.stringify(canonicalValue(value))`, without making the value. */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(canonicalText(value));
  if (typeof value === 'number') return Number.isFinite(value) ? `${value}` : 'null';
  if (typeof value === 'boolean') return `${value}`;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return value.length === 1
      ? `[${canonicalJson(value[0])}]`
      : `[${value.map(canonicalJson).sort().join()}]`;
  }
  if (typeof value !== 'object' || value === null) return 'null';
  let json = '';
  for (const key of Object.keys(value).sort())
    if (key !== 'ref')
      json += `${json === '' ? '' : ','}"${key}":${canonicalJson((value as Record<string, unknown>)[key])}`;
  return `{${json}}`;
}

/** Matches anything except printable ASCII with single spaces between words. */
const unusual = /[^ -~]| {2}|^ | $/;

/** A text in canonical Unicode form and spacing. */
export function canonicalText(text: string): string {
  if (!unusual.test(text)) return text;
  const composed = text.normalize('NFC');
  return /\s{2}|[^\S ]|^\s|\s$/.test(composed) ? composed.replace(/\s+/g, ' ').trim() : composed;
}
