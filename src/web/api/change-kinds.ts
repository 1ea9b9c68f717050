import { z } from 'zod';
import type { Facet } from '../../core/change.ts';
import { statusBases } from '../../core/trial.ts';
import {
  AgeGroupAnswer,
  EnrollmentAnswer,
  PaperAnswer,
  PartialDateAnswer,
  RetractedPaper,
  SiteStatusCode,
  StudyDocumentAnswer,
  TrialStatusCode,
  Violation,
} from './records.ts';

/**
 * The changes of the API: one schema for each form of the values before and after, with the kinds that have it. Names are
 * permanent; kinds and fields may be added.
 */

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
const besideStatus = {
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

const ChangedSiteAnswer = z
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

const CountryListingAnswer = z
  .strictObject({ status: TrialStatusCode.nullable(), listedAs: maybe })
  .meta({ id: 'CountryListing' });

const CriterionAnswer = z
  .strictObject({ list: z.enum(['inclusion', 'exclusion', 'other']), text })
  .meta({ id: 'Criterion' });

type Kinds = readonly [string, ...string[]];

/** The schema of the changes of some kinds, which have values of one form. */
function changeOf<
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

const changes = [
  changeOf('StatusChange', 'Another recruitment status', {
    kinds: ['status'],
    facets: ['status'],
    value: TrialStatusCode,
    more: besideStatus,
  }),
  changeOf(
    'ExpandedAccessChange',
    'Whether, or in which status, the treatment is available outside the trial',
    {
      kinds: ['expanded-access'],
      facets: ['expanded-access'],
      value: z.union([z.boolean(), TrialStatusCode]),
      more: {
        ...besideStatus,
        record: text.optional().meta({ description: 'The number of the expanded access record' }),
      },
    },
  ),
  changeOf('RegistrationChange', 'A record that is new, gone or back; after: its status', {
    kinds: ['registered', 'removed', 'returned'],
    facets: ['registration'],
    value: TrialStatusCode.nullable(),
  }),
  changeOf('SiteChange', 'A site that came, went or has another status', {
    kinds: ['site-added', 'site-removed', 'site-status'],
    facets: ['sites'],
    value: SiteStatusCode.nullable(),
    more: { site: ChangedSiteAnswer },
  }),
  changeOf(
    'SitesStatusChange',
    'Many sites that changed together; before and after: their most common status',
    {
      kinds: ['sites-status'],
      facets: ['sites'],
      value: SiteStatusCode.nullable(),
      more: {
        count: count.meta({ description: 'How many sites this change stands for' }),
        statuses: z
          .record(text, count)
          .optional()
          .meta({ description: 'Number of those sites by their new status' }),
      },
    },
  ),
  changeOf('CountryChange', 'A country that came, went or has another status', {
    kinds: ['country-added', 'country-removed', 'country-status'],
    facets: ['countries'],
    value: CountryListingAnswer.nullable(),
    more: { country: text.meta({ description: 'Its English short name' }) },
  }),
  changeOf('DateChange', 'A date', {
    kinds: [
      'start-date',
      'recruitment-start',
      'recruitment-end',
      'primary-completion-date',
      'completion-date',
    ],
    facets: ['dates'],
    value: PartialDateAnswer.nullable(),
    more: {
      implausible: z
        .enum(['too-early', 'too-late', 'before-start'])
        .optional()
        .meta({ description: 'Why the date cannot be right' }),
    },
  }),
  changeOf(
    'ResultsPostedChange',
    'The day of the posting; from a registry that gives none, `partial` or `posted`',
    {
      kinds: ['results-posted'],
      facets: ['results'],
      value: z.union([day, z.enum(['partial', 'posted'])]).nullable(),
    },
  ),
  changeOf('ResultsDayChange', 'The day on which results were submitted, or delayed', {
    kinds: ['results-submitted', 'results-delayed'],
    facets: ['results'],
    value: day.nullable(),
  }),
  changeOf('PaperChange', 'Papers with results', {
    kinds: ['paper'],
    facets: ['results'],
    value: z.array(PaperAnswer),
  }),
  changeOf('RetractionChange', 'Papers with results that were retracted', {
    kinds: ['paper-retracted'],
    facets: ['results'],
    value: z.array(RetractedPaper),
  }),
  changeOf('ViolationChange', 'Notices of the U.S. FDA about a violation', {
    kinds: ['violation'],
    facets: ['results'],
    value: z.array(Violation),
  }),
  changeOf('DocumentsChange', 'Study documents', {
    kinds: ['documents'],
    facets: ['documents'],
    value: z.array(StudyDocumentAnswer),
  }),
  changeOf('EnrollmentChange', 'The number of participants', {
    kinds: ['enrollment'],
    facets: ['enrollment'],
    value: EnrollmentAnswer.nullable(),
  }),
  changeOf('AgeGroupsChange', 'The age groups that can take part', {
    kinds: ['age-groups'],
    facets: ['eligibility'],
    value: z.array(AgeGroupAnswer),
  }),
  changeOf('CriteriaChange', 'The criteria for taking part', {
    kinds: ['criteria'],
    facets: ['eligibility'],
    value: z.array(CriterionAnswer),
  }),
  changeOf('FlagChange', 'Something that is so or not', {
    kinds: ['posting-delayed', 'violation-listed', 'gender-based', 'healthy-volunteers'],
    facets: ['results', 'eligibility'],
    value: z.boolean().nullable(),
  }),
  changeOf('TextChange', 'A text or a code', {
    kinds: [
      'why-stopped',
      'minimum-age',
      'maximum-age',
      'sex',
      'gender-description',
      'study-population',
      'study-type',
      'allocation',
      'intervention-model',
      'masking',
      'primary-purpose',
      'observational-model',
      'time-perspective',
      'title',
      'official-title',
      'acronym',
      'sponsor',
      'data-sharing',
    ],
    facets: ['status', 'eligibility', 'design', 'title', 'sponsor', 'data-sharing'],
    value: maybe,
  }),
  changeOf('ListChange', 'A list of texts or codes', {
    kinds: [
      'phase',
      'conditions',
      'keywords',
      'interventions',
      'arms',
      'primary-outcomes',
      'other-outcomes',
      'collaborators',
      'secondary-ids',
    ],
    facets: ['design', 'conditions', 'interventions', 'outcomes', 'sponsor', 'identifiers'],
    value: z.array(text),
  }),
  changeOf(
    'DetailsChange',
    'Something of which only a mark of each state is kept, or nothing, as for contacts',
    {
      kinds: [
        'contacts',
        'summary',
        'description',
        'results-updated',
        'arms-details',
        'interventions-details',
        'outcomes-details',
        'data-sharing-details',
      ],
      facets: ['contacts', 'description', 'results', 'interventions', 'outcomes', 'data-sharing'],
      value: maybe,
    },
  ),
] as const;

/** The schema's name of each kind of change. */
const nameByKind: ReadonlyMap<string, string> = new Map(
  changes.flatMap((one) => one.shape.kind.options.map((kind) => [kind, one.meta()?.id ?? ''] as const)),
);

/** The name of a kind of change. */
export const ChangeKindCode = z.enum([...nameByKind.keys()] as [string, ...string[]]).meta({
  id: 'ChangeKind',
  description: 'Kinds may be added: pass over those that your program does not know',
});

/** A change in full. */
export const ChangeAnswer = z.discriminatedUnion('kind', changes).meta({
  id: 'Change',
  description:
    'One change of a record. `kind` says which form `before` and `after` have. Kinds may be added: pass over those that your program does not know.',
  discriminator: {
    propertyName: 'kind',
    mapping: Object.fromEntries(
      [...nameByKind].map(([kind, name]) => [kind, `#/components/schemas/${name}`]),
    ),
  },
});
