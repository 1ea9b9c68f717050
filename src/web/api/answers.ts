import { z } from 'zod';
import { linkRules } from '../../core/links/same-trial.ts';
import { statusBases } from '../../core/trial.ts';
import { Credit } from './credits.ts';
import { Card, FacetCode, TrialRecord, TrialStatusCode } from './records.ts';

/** The responses of the API as zod schemas. Names are permanent. */

const text = z.string();
const maybe = text.nullable();
const day = z.iso.date();
const instant = z.iso.datetime();
const count = z.int().nonnegative();
const page = z.url().meta({ description: 'The page for readers' });
const sources = z.array(Credit);
const notice = text.meta({ description: 'What this data is and is not; show it with the data' });
const next = maybe.meta({ description: 'Cursor of the next page; null on the last page' });

const OtherRecordAnswer = z
  .strictObject({
    registry: text.meta({ description: 'A registry or register, also one whose records are not read' }),
    id: text,
    same: z.literal(true),
    rule: z.enum(linkRules).meta({ description: 'Why it counts as the same trial' }),
    evidence: z.strictObject({
      numbers: z.array(text).meta({ description: 'The numbers that join the records' }),
      agreements: z.array(text),
      contradictions: z.array(text),
      umbrella: z.boolean().optional(),
    }),
    isStored: z
      .boolean()
      .meta({ description: 'Whether its record is stored here, or only its number known' }),
  })
  .meta({ id: 'OtherRecord', description: 'Another record of the same trial' });

export const TrialAnswer = z
  .strictObject({
    registry: text,
    id: text,
    url: page,
    recordUrl: z.url().meta({ description: "The registry's own page" }),
    version: count,
    watchedSince: instant,
    readAt: instant.meta({ description: 'When the record was last read in this state' }),
    dataDay: day.nullable().meta({ description: "The registry's data is known up to this day" }),
    removedAt: instant
      .nullable()
      .meta({ description: 'When the record was found to be missing from the registry' }),
    heldChanges: count.meta({ description: 'Changes held back until a person has reviewed them' }),
    links: z.array(OtherRecordAnswer).meta({ description: 'The other records of the same trial' }),
    card: Card,
    trial: TrialRecord,
    sources,
    notice,
  })
  .meta({ id: 'TrialAnswer' });

export const VersionsAnswer = z
  .strictObject({
    registry: text,
    id: text,
    versions: z.array(
      z.strictObject({
        version: count,
        readAt: instant,
        path: text.meta({ description: 'Path of the version' }),
      }),
    ),
    next,
  })
  .meta({ id: 'VersionsAnswer' });

export const VersionAnswer = z
  .strictObject({
    registry: text,
    id: text,
    version: count,
    readAt: instant,
    trial: TrialRecord,
    sources,
    notice,
  })
  .meta({ id: 'VersionAnswer' });

const ChangedSite = z
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

/** A change in full. */
export const ChangeAnswer = z
  .strictObject({
    id: count,
    trial: z.strictObject({ registry: text, id: text, title: text }),
    version: count.meta({ description: 'The version of the trial that introduced it' }),
    facet: FacetCode,
    kind: text.meta({ description: 'The kind of change within its facet; new kinds may be added' }),
    before: z.json().meta({ description: 'In the form of its kind; always null for contacts' }),
    after: z.json(),
    site: ChangedSite.optional(),
    country: text.optional().meta({ description: 'The country, by its English short name' }),
    basis: z
      .enum(statusBases)
      .optional()
      .meta({ description: 'What the new status rests on, if the registry does not state it' }),
    listedAs: text.optional().meta({
      description: "For a status that rests on countries: the registry's own word",
    }),
    dated: z.strictObject({ on: text, editedOn: day.nullable() }).optional().meta({
      description: 'For a status that rests on dates: the day that made it, and the last edit of the record',
    }),
    undoes: z.literal(true).optional().meta({
      description: 'It takes back a status that followed from dates, which were moved within 14 days',
    }),
    whyStopped: text.optional().meta({ description: "The sponsor's own words" }),
    record: text.optional().meta({ description: 'The number of the expanded access record' }),
    lastKnownStatus: text.nullable().optional().meta({
      description: 'The status last known before a status of UNKNOWN',
    }),
    verifiedOn: text.nullable().optional().meta({
      description: 'When the sponsor had last confirmed a record whose status was or became UNKNOWN',
    }),
    count: count.optional().meta({ description: 'How many sites this change stands for' }),
    statuses: z
      .record(text, count)
      .optional()
      .meta({ description: 'Number of those sites by their new status' }),
    implausible: z.enum(['too-early', 'too-late', 'before-start']).optional(),
    sentence: text.meta({ description: 'The change in plain words, as sent to readers' }),
    detectedAt: instant,
    releasedAt: instant.meta({
      description: 'When it was first published; later than its detection if it was held back',
    }),
    url: page,
  })
  .meta({ id: 'Change' });

export const ChangesAnswer = z
  .strictObject({
    changes: z.array(ChangeAnswer),
    next: text.meta({ description: 'Cursor of the next page, now or later: store it' }),
    more: z
      .boolean()
      .meta({ description: 'Whether more changes are available now, even if this page is empty' }),
    sources,
    notice,
  })
  .meta({ id: 'ChangesAnswer' });

const NamedCondition = z
  .strictObject({
    slug: text,
    name: text,
    term: text.meta({ description: 'The MeSH heading' }),
    conceptId: text,
    trials: count.meta({ description: 'Number of stored trials about it; may be some minutes old' }),
    url: page,
  })
  .meta({ id: 'NamedCondition' });

export const ConditionsAnswer = z
  .strictObject({ conditions: z.array(NamedCondition), next })
  .meta({ id: 'ConditionsAnswer' });

export const ConditionAnswer = z
  .strictObject({
    slug: text,
    name: text,
    conceptId: maybe.meta({ description: 'Null for words that are not a heading' }),
    term: maybe,
    also: z.array(text).meta({ description: 'Other names' }),
    narrower: z.array(z.strictObject({ slug: text, name: text })),
    counts: z.partialRecord(TrialStatusCode, count).meta({ description: 'Stored trials by status' }),
    trials: z.array(Card).meta({ description: 'Most recently confirmed by their sponsor first' }),
    next,
    url: page,
    sources,
    notice,
  })
  .meta({ id: 'ConditionAnswer' });

export const SubscriptionAnswer = z
  .strictObject({
    following: z.array(
      z.strictObject({
        kind: z.enum(['trial', 'condition']),
        asked: text.meta({ description: 'As sent in the request' }),
        id: maybe.meta({ description: 'The current number of the trial' }),
        name: text.meta({ description: 'What it was resolved to' }),
      }),
    ),
  })
  .meta({
    id: 'SubscriptionAnswer',
    description: 'The same whether or not the address is known, and whatever it already follows',
  });

export const ProblemAnswer = z
  .strictObject({
    type: text,
    title: text,
    status: z.int(),
    detail: text,
    errors: z
      .array(z.strictObject({ parameter: text, detail: text }))
      .optional()
      .meta({ description: 'Faults by parameter' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });

/** The message that a webhook receives. */
export const WebhookMessage = z
  .strictObject({
    type: z.literal('changes.released'),
    timestamp: instant,
    data: z.strictObject({
      changes: z.array(
        z.strictObject({
          id: count,
          trial: z.strictObject({ registry: text, id: text }),
          version: count,
          facet: FacetCode,
          kind: text,
          sentence: text,
          releasedAt: instant,
          url: page,
        }),
      ),
      cursor: text.meta({ description: 'Cursor for /api/v1/changes after these changes' }),
    }),
  })
  .meta({ id: 'WebhookMessage' });
