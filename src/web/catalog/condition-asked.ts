import { countryCode } from '../../core/countries.ts';
import { findStatusGroup, type StatusGroup } from '../../core/status-groups.ts';
import { faultOf, type PlaceAnswer, type PlaceFault } from '../../core/subscriptions/find-place.ts';
import type { ListFilters } from '../../core/subscriptions/list-marks.ts';
import { normaliseText } from '../../core/text/text.ts';
import type { ListKey } from '../../db/catalog/condition-pages.ts';
import { findPlace } from '../../db/catalog/places.ts';
import type { Db } from '../../db/connect.ts';
import { type Form, field } from '../http/page-response.ts';
import { addressOf } from '../shared/condition-links.ts';
import { ageGroups, distancesKm, phases, studyTypes } from '../shared/limits.ts';

const longestPlace = 120;

/** The list of trials that a condition page is asked for. Empty choices leave everything in. */
export type AskedList = {
  /** The status as chosen; empty if nothing was: then recruiting trials are shown, and following is about all. */
  show: StatusGroup | 'all' | '';
  near: string;
  km: string;
  phase: string;
  age: string;
  kind: string;
  after: ListKey | null;
};

/** Reads the list asked for in a query; null if it is not one that our own form or links ask for. */
export function readAskedList(query: Form): AskedList | null {
  const oneOf = (name: string, values: readonly string[], standard = '') => {
    const text = field(query, name);
    return text === '' ? standard : values.includes(text) ? text : null;
  };
  const shown = field(query, 'show');
  const show = shown === '' || shown === 'all' ? shown : findStatusGroup(shown);
  const km = oneOf('km', distancesKm, '100');
  const phase = oneOf('phase', phases);
  const age = oneOf('age', ageGroups);
  const kind = oneOf('kind', studyTypes);
  const after = readKey(query);
  if (show === null || km === null || phase === null || age === null || kind === null) return null;
  if (after === undefined) return null;
  return {
    show,
    near: normaliseText(field(query, 'near').slice(0, longestPlace)),
    km,
    phase,
    age,
    kind,
    after,
  };
}

function readKey(query: Form): ListKey | null | undefined {
  if (query.after === undefined) return null;
  const parts = /^(\d{4}(?:-\d\d){0,2})?_(\d{1,15})$/.exec(field(query, 'after'));
  return parts ? { verified: parts[1] ?? '', id: Number(parts[2]) } : undefined;
}

/** Whether anything but the usual list is asked for. */
export function isFiltered({ near, phase, age, kind }: AskedList): boolean {
  return near !== '' || phase !== '' || age !== '' || kind !== '';
}

/** The filters of a list, and what a typed place was taken for. */
export type ReadFilters = {
  filters: ListFilters;
  /** A place that is not found leaves the filters without one, and has cities to choose from or none. */
  fault: PlaceFault | null;
  cities: string[];
  byCode: PlaceAnswer['byCode'];
};

/** Reads the filters of a list. A postal code becomes a city, and is kept nowhere. */
export async function readListFilters(
  db: Db,
  { near, km, phase, age, kind }: AskedList,
): Promise<ReadFilters> {
  const filters: ListFilters = {};
  const ageGroup = ageGroups.find((one) => one === age);
  if (ageGroup) filters.ageGroup = ageGroup;
  if (phase !== '') filters.phases = [phase];
  if (kind !== '') filters.studyTypes = [kind];
  const known = { fault: null, cities: [], byCode: null };
  if (near === '') return { filters, ...known };
  const country = countryCode(near);
  if (country !== null) return { filters: { ...filters, country }, ...known };
  const answer = await findPlace(db, near);
  const { found, choices, byCode } = answer;
  if (!found) return { filters, fault: faultOf(answer), cities: choices.map(({ name }) => name), byCode };
  const { lat, lon, name } = found;
  return { filters: { ...filters, place: { lat, lon, km: Number(km), name } }, ...known, byCode };
}

/** The address of a list, from its first page unless `after` says otherwise. */
export function addressOfList(slug: string, asked: AskedList, change: Partial<AskedList> = {}): string {
  const { show, near, km, phase, age, kind, after } = { ...asked, after: null, ...change };
  const query = new URLSearchParams(
    Object.entries({
      show,
      near,
      km: near === '' || km === '100' ? '' : km,
      phase,
      age,
      kind,
      after: after ? `${after.verified}_${after.id}` : '',
    }).filter(([, value]) => value !== ''),
  ).toString();
  return query === '' ? addressOf(slug) : `${addressOf(slug)}?${query}`;
}

/** The fields of the follow form by which a list is followed as it stands. */
export function followFieldsOf(asked: AskedList, filters: ListFilters): Record<string, string> {
  const { country, place, ageGroup } = filters;
  return Object.fromEntries(
    Object.entries({
      country: country ?? '',
      city: place?.name ?? '',
      km: place ? String(place.km) : '',
      age_group: ageGroup ?? '',
      study_types: asked.kind,
      phases: asked.phase,
      recruiting: asked.show === 'recruiting' ? 'on' : '',
    }).filter(([, value]) => value !== ''),
  );
}
