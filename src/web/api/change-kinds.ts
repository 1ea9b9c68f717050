import { z } from 'zod';
import {
  besideStatus,
  ChangedSiteAnswer,
  CountryListingAnswer,
  CriterionAnswer,
  changeOf,
} from './change-forms.ts';
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
const count = z.int().nonnegative();

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
