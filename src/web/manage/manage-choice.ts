import { type Facet, facets } from '../../core/change.ts';
import { toCountry } from '../../core/countries.ts';
import { kindOfConcept } from '../../core/matching/concepts-kinds.ts';
import { type Frequency, frequencies } from '../../core/schedule.ts';
import type { SubscriptionFilters } from '../../core/subscriptions/filters.ts';
import { faultOf, type PlaceFault } from '../../core/subscriptions/find-place.ts';
import { listNameAtMost } from '../../core/subscriptions/own-list.ts';
import { normaliseProse, normaliseText } from '../../core/text/text.ts';
import { findPlace, listCountries } from '../../db/catalog/places.ts';
import type { Followed } from '../../db/subscribers/followed.ts';
import type { Details } from '../../db/subscribers/subscription-settings.ts';
import type { Keys } from '../../keys.ts';
import { type Form, field } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { ageGroups, distancesKm, noteAtMost, phases, sexes, studyTypes } from '../shared/limits.ts';

const weekdays = [1, 2, 3, 4, 5, 6, 7] as const;

/** The options of the form, by field. */
export const offered = {
  frequencies,
  weekdays,
  facets,
  ageGroups,
  sexes,
  studyTypes,
  phases,
  distancesKm,
} as const;

/** The form as sent, or filled in from the subscription. */
export type SettingsFields = {
  frequency: string;
  weekday: string;
  facets: string[];
  country: string;
  city: string;
  km: string;
  age_group: string;
  sex: string;
  study_types: string[];
  phases: string[];
  recruiting: boolean;
  note: string;
  note_in_mails: boolean;
  list: string;
  until: string;
};

/** Error codes by field; `manage.error.<code>` is the message. */
export type SettingsErrors = ReadonlyMap<keyof SettingsFields, string>;

/** Fills in the form from a subscription. */
export function fieldsOf(one: Followed, keys: Keys): SettingsFields {
  const { filters } = one;
  const place = filters.place;
  return {
    frequency: one.frequency,
    weekday: String(one.weekday),
    facets: one.facets,
    country: toCountry(filters.country ?? ''),
    city: place ? (place.name ?? `${place.lat}, ${place.lon}`) : '',
    km: String(place?.km ?? 100),
    age_group: filters.ageGroup ?? '',
    sex: filters.sex ?? '',
    study_types: filters.studyTypes ?? [],
    phases: filters.phases ?? [],
    recruiting: filters.recruitingOnly ?? false,
    note: one.note ? keys.decrypt(one.note) : '',
    note_in_mails: one.noteInMails,
    list: one.listName ? keys.decrypt(one.listName) : '',
    until: '',
  };
}

function fieldsFrom(form: Form): SettingsFields {
  const text = (name: string) => normaliseText(field(form, name).toWellFormed());
  const many = (name: string) => [...new Set((form[name] ?? []).map(normaliseText))];
  return {
    frequency: text('frequency'),
    weekday: text('weekday'),
    facets: many('facets'),
    country: toCountry(text('country')),
    city: text('city'),
    km: text('km'),
    age_group: text('age_group'),
    sex: text('sex'),
    study_types: many('study_types'),
    phases: many('phases'),
    recruiting: text('recruiting') !== '',
    note: normaliseProse(field(form, 'note').toWellFormed()),
    note_in_mails: text('note_in_mails') !== '',
    list: text('list'),
    until: text('until'),
  };
}

/** Reads the settings in a form; or returns the form as sent, with its errors. */
export async function readSettingsForm(
  form: Form,
  one: Followed,
  deps: WebDeps,
): Promise<
  | { frequency: Frequency; weekday: number; details: Details }
  | { fields: SettingsFields; errors: SettingsErrors }
> {
  const fields = fieldsFrom(form);
  const errors = new Map<keyof SettingsFields, string>();
  const frequency = oneOf(frequencies, fields.frequency);
  const weekday = weekdays.find((day) => String(day) === fields.weekday);
  const chosen = facets.filter((facet) => fields.facets.includes(facet));
  const isUmbrella = one.conceptId !== null && kindOfConcept(one.conceptId) === 'umbrella';
  if (!frequency) errors.set('frequency', 'choice');
  else if (isUmbrella && frequency !== 'weekly') errors.set('frequency', 'weekly-only');
  if (!weekday) errors.set('weekday', 'choice');
  if (chosen.length === 0 || !fields.facets.every((facet) => isOf(facets, facet)))
    errors.set('facets', 'facets');
  if (fields.note.length > noteAtMost) errors.set('note', 'note');
  if (fields.list.length > listNameAtMost) errors.set('list', 'list');
  const filters = one.kind === 'trial' ? {} : await readFilters(fields, one, deps, errors);
  if (errors.size > 0 || !frequency || !weekday) return { fields, errors };
  const seal = (text: string) => (text === '' ? null : deps.keys.encrypt(text));
  const details: Details = {
    facets: chosen satisfies Facet[],
    filters,
    note: seal(fields.note),
    noteInMails: fields.note_in_mails,
    listName: seal(fields.list),
  };
  return { frequency, weekday, details };
}

async function readFilters(
  fields: SettingsFields,
  one: Followed,
  { db }: WebDeps,
  errors: Map<keyof SettingsFields, string>,
): Promise<SubscriptionFilters> {
  // The form does not show this filter, so it is kept.
  const { years } = one.filters;
  const filters: SubscriptionFilters = years === undefined ? {} : { years };
  if (fields.country !== '') {
    const known = [toCountry(one.filters.country ?? ''), ...(await listCountries(db))];
    if (known.includes(fields.country)) filters.country = fields.country;
    else errors.set('country', 'choice');
  }
  const place = await readPlace(fields, one, db);
  if (typeof place === 'string') errors.set('city', place);
  else if (place) filters.place = place;
  const km = oneOf(distancesKm, fields.km);
  if (!km) errors.set('km', 'choice');
  const ageGroup = oneOf(ageGroups, fields.age_group);
  if (ageGroup) filters.ageGroup = ageGroup;
  const sex = oneOf(sexes, fields.sex);
  if (sex) filters.sex = sex;
  const types = studyTypes.filter((type) => fields.study_types.includes(type));
  if (types.length > 0) filters.studyTypes = types;
  const wanted = phases.filter((phase) => fields.phases.includes(phase));
  if (wanted.length > 0) filters.phases = wanted;
  if (fields.recruiting) filters.recruitingOnly = true;
  return filters;
}

/** The typed city as a place, or an error code. An unchanged name keeps the stored place. */
async function readPlace(
  fields: SettingsFields,
  { filters }: Followed,
  db: WebDeps['db'],
): Promise<SubscriptionFilters['place'] | PlaceFault> {
  if (fields.city === '') return undefined;
  const km = Number(fields.km);
  const { place } = filters;
  if (place && fields.city === (place.name ?? `${place.lat}, ${place.lon}`)) return { ...place, km };
  const answer = await findPlace(db, fields.city, fields.country);
  const { found } = answer;
  return found ? { lat: found.lat, lon: found.lon, km, name: found.name } : (faultOf(answer) ?? undefined);
}

function isOf<T extends string>(values: readonly T[], text: string): text is T {
  return (values as readonly string[]).includes(text);
}

function oneOf<T extends string>(values: readonly T[], text: string): T | undefined {
  return isOf(values, text) ? text : undefined;
}
