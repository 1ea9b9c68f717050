import { z } from 'zod';
import { type Facet, facets } from '../../core/change.ts';
import { toCountry } from '../../core/countries.ts';
import { frequencies, readWeeklyCap, weeklyCaps } from '../../core/schedule.ts';
import {
  defaultFacets,
  defaultFrequency,
  defaultHour,
  facetsNearPlace,
} from '../../core/subscriptions/follow-defaults.ts';
import { subjectStyles } from '../../core/subscriptions/subject-styles.ts';
import { isMailAddress } from '../../core/text/mail-address.ts';
import { normaliseProse, normaliseText } from '../../core/text/text.ts';
import { readTimezone, usableTimezone } from '../../core/text/time-zones.ts';
import { type Form, field } from '../http/page-response.ts';
import {
  ageGroups,
  conditionsAtMost,
  distancesKm,
  followAtMost,
  noteAtMost,
  phases,
  sexes,
  studyTypes,
} from '../shared/limits.ts';

/** The form as sent, or with its initial values. */
export type FollowFields = {
  trial: string[];
  condition: string[];
  follow: string[];
  trial_frequency: string;
  condition_frequency: string;
  hour: string;
  zone: string;
  trial_facets: string[];
  condition_facets: string[];
  country: string;
  city: string;
  km: string;
  age_group: string;
  sex: string;
  study_types: string[];
  phases: string[];
  recruiting: string;
  note: string;
  subject: string;
  cap: string;
  email: string;
};
export type FollowField = keyof FollowFields;

/** Error codes by field; `follow.error.<code>` is the message. */
export type FieldErrors = ReadonlyMap<FollowField, string>;

const isOf = (values: readonly string[]) => (text: string) => values.includes(text);
const oneOf = <const T extends readonly string[]>(values: T) => z.enum(values, { error: 'choice' });
const someOf = <const T extends readonly string[]>(values: T) =>
  z.array(oneOf(values)).max(40, { error: 'choice' });
const maybeTicked = z.enum(['', 'on'], { error: 'choice' }).transform((text) => text === 'on');

/** The choices that determine which mails are sent, and when. */
const Wishes = z.object({
  follow: z
    .array(z.string().max(330, { error: 'too-long' }))
    .min(1, { error: 'nothing' })
    .max(followAtMost, { error: 'too-many' }),
  trial_frequency: oneOf(frequencies),
  condition_frequency: oneOf(frequencies),
  hour: z
    .string()
    .refine((text) => /^\d{1,2}$/.test(text) && Number(text) <= 23, { error: 'choice' })
    .transform(Number),
  zone: z
    .string()
    .refine((zone) => readTimezone(zone) !== null, { error: 'zone' })
    .transform(usableTimezone),
  trial_facets: someOf(facets).min(1, { error: 'facets' }),
  condition_facets: someOf(facets).min(1, { error: 'facets' }),
  country: z.string().max(120, { error: 'too-long' }),
  city: z.string().max(120, { error: 'too-long' }),
  km: oneOf(distancesKm).transform(Number),
  age_group: oneOf(['', ...ageGroups]),
  sex: oneOf(['', ...sexes]),
  study_types: someOf(studyTypes),
  phases: someOf(phases),
  recruiting: maybeTicked,
  note: z.string().max(noteAtMost, { error: 'note-long' }),
  subject: oneOf(subjectStyles),
  cap: oneOf(['', ...weeklyCaps.map(String)]).transform(readWeeklyCap),
});

/** The choices with the address. The consent is asked for once the mailbox is known to be theirs (P4). */
const SignUpFields = Wishes.extend({ email: z.string().refine(isMailAddress, { error: 'email' }) });

export type Wishes = z.infer<typeof Wishes>;
export type SignUpFields = z.infer<typeof SignUpFields>;

/** Cleans the fields of a form. Missing fields get the contract's defaults. */
export function readFields(form: Form, defaultTimezone: string): FollowFields {
  // Browsers do not send unticked boxes. The form names the groups it showed, to tell an empty group from a missing one.
  const shown = new Set(form.shown?.flatMap((names) => names.split(' ')));
  const text = (name: FollowField, standard = '') =>
    form[name] === undefined ? standard : normaliseText(field(form, name));
  const many = (name: FollowField, standard: readonly string[] = []) =>
    form[name] === undefined && !shown.has(name)
      ? [...standard]
      : [...new Set((form[name] ?? []).map(normaliseText))].filter((one) => one !== '');
  // Offers travel in one hidden field, one per line.
  const lines = (name: string) =>
    field(form, name)
      .split('\n')
      .map(normaliseText)
      .filter((one) => one !== '');
  return {
    trial: [...many('trial'), ...lines('trials')].slice(0, followAtMost),
    condition: [...many('condition'), ...lines('conditions')].slice(0, conditionsAtMost),
    follow: many('follow'),
    trial_frequency: text('trial_frequency', defaultFrequency.trial),
    condition_frequency: text('condition_frequency', defaultFrequency.condition),
    hour: text('hour', String(defaultHour)),
    zone: text('zone', readTimezone(field(form, 'zone_guess')) ?? defaultTimezone),
    trial_facets: many('trial_facets', defaultFacets.trial),
    condition_facets: many('condition_facets', [...defaultFacets.condition, ...facetsNearPlace]),
    country: toCountry(text('country')),
    city: text('city'),
    km: text('km', '100'),
    age_group: text('age_group'),
    sex: text('sex'),
    study_types: many('study_types'),
    phases: many('phases'),
    recruiting: text('recruiting'),
    note: normaliseProse(field(form, 'note').toWellFormed()),
    subject: text('subject', 'neutral'),
    cap: text('cap'),
    email: field(form, 'email').toWellFormed(),
  };
}

/** Packs the form into one text, so that it can be corrected later. The address travels separately. */
export function packFields(fields: FollowFields): string {
  const { email: _, ...rest } = fields;
  return JSON.stringify(rest);
}

/** Restores the form of `packFields`. An invalid text gives an empty form. */
export function unpackForm(packed: string, email: string): Form {
  const Packed = z.record(z.string(), z.union([z.string(), z.array(z.string())]));
  try {
    const typed = Object.entries(Packed.parse(JSON.parse(packed)));
    return {
      ...Object.fromEntries(typed.map(([name, value]) => [name, [value].flat()])),
      email: [email],
      shown: ['trial_facets', 'condition_facets'],
    };
  } catch {
    return { email: [email] };
  }
}

/** Checks the choices, without the address. Returns the first fault of each field. */
export function checkWishes(fields: FollowFields): { data: Wishes } | { errors: FieldErrors } {
  return check(Wishes, fields);
}

/** Checks the whole form. */
export function checkSignUp(fields: FollowFields): { data: SignUpFields } | { errors: FieldErrors } {
  return check(SignUpFields, fields);
}

function check<T>(schema: z.ZodType<T>, fields: FollowFields): { data: T } | { errors: FieldErrors } {
  const result = schema.safeParse(fields);
  if (result.success) return { data: result.data };
  const errors = new Map<FollowField, string>();
  for (const { path, message } of result.error.issues) {
    const name = String(path[0]) as FollowField;
    if (!errors.has(name)) errors.set(name, message);
  }
  return { errors };
}

/** The facets to report for a condition: sites and dates only if a place is given (the contract's default). */
export function facetsToNotify(chosen: readonly Facet[], hasPlace: boolean): Facet[] {
  return chosen.filter((facet) => hasPlace || !isOf(facetsNearPlace)(facet));
}
