import { z } from 'zod';
import type { Facet } from '../../core/change.ts';
import { statusBases } from '../../core/trial.ts';
import { TrialStatusCode } from './records.ts';

/** What the schemas of all changes have in common, and the values that only changes have. */

const text = z.string();
const maybe = text.nullable();
const day = z.iso.date();
const instant = z.iso.datetime();
const count = z.int().nonnegative();

const TrialName = z.strictObject({ registry: text, id: text, title: text }).meta({ id: 'TrialName' });

/** What every change has. */
const common = {
  id: count,
  trial: TrialName,
  version: count.meta({ description: 'The version of the trial that introduced it' }),
  sentence: text.meta({ description: 'The change in plain words, as sent to readers' }),
  detectedAt: instant,
  releasedAt: instant.meta({
    description: 'When it was first published; later than its detection if it was held back',
  }),
  url: z.url().meta({ description: 'The page for readers' }),
};

/** What may stand beside a status. */
export const besideStatus = {
  basis: z
    .enum(statusBases)
    .optional()
    .meta({ description: 'What the new status rests on, if the registry does not state it' }),
  listedAs: text.optional().meta({
    description: "For a status that rests on countries: the registry's own word",
  }),
  dated: z.strictObject({ on: text, editedOn: day.nullable() }).meta({ id: 'StatusDate' }).optional().meta({
    description: 'For a status that rests on dates: the day that made it, and the last edit of the record',
  }),
  undoes: z.literal(true).optional().meta({
    description: 'It takes back a status that followed from dates, which were moved within 14 days',
  }),
  whyStopped: text.optional().meta({ description: "The sponsor's own words" }),
  lastKnownStatus: TrialStatusCode.nullable().optional().meta({
    description: 'The status last known before a status of UNKNOWN',
  }),
  verifiedOn: maybe.optional().meta({
    description: 'When the sponsor had last confirmed a record whose status was or became UNKNOWN',
  }),
};

export const ChangedSiteAnswer = z
  .strictObject({
    ref: z.int().nullable(),
    facility: text,
    city: text,
    state: text,
    country: text,
    lat: z.number().nullable(),
    lon: z.number().nullable(),
  })
  .meta({ id: 'ChangedSite' });

export const CountryListingAnswer = z
  .strictObject({ status: TrialStatusCode.nullable(), listedAs: maybe })
  .meta({ id: 'CountryListing' });

export const CriterionAnswer = z
  .strictObject({ list: z.enum(['inclusion', 'exclusion', 'other']), text })
  .meta({ id: 'Criterion' });

type Kinds = readonly [string, ...string[]];

/** The schema of the changes of some kinds, which have values of one form. */
export function changeOf<
  K extends Kinds,
  F extends readonly [Facet, ...Facet[]],
  V extends z.ZodType,
  M extends z.ZodRawShape = Record<never, never>,
>(
  id: string,
  description: string,
  { kinds, facets, value, more }: { kinds: K; facets: F; value: V; more?: M },
) {
  return z
    .strictObject({
      ...common,
      facet: z.enum(facets),
      kind: z.enum(kinds),
      before: value,
      after: value,
      ...((more ?? {}) as M),
    })
    .meta({ id, description });
}
