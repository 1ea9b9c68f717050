import { z } from 'zod';
import { linkRules } from '../../core/links/same-trial.ts';
import type { ChangeRow } from '../../core/wording/change-rows.ts';
import { ChangeAnswer, ChangeKindCode } from './change-kinds.ts';
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

const LinkEvidence = z
  .strictObject({
    numbers: z.array(text).meta({ description: 'The numbers that join the records' }),
    agreements: z.array(text),
    contradictions: z.array(text),
    umbrella: z.boolean().optional(),
  })
  .meta({ id: 'LinkEvidence' });

const OtherRecordAnswer = z
  .strictObject({
    registry: text.meta({ description: 'A registry or register, also one whose records are not read' }),
    id: text,
    same: z.literal(true),
    rule: z.enum(linkRules).meta({ description: 'Why it counts as the same trial' }),
    evidence: LinkEvidence,
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

const VersionEntry = z
  .strictObject({ version: count, readAt: instant, path: text.meta({ description: 'Path of the version' }) })
  .meta({ id: 'VersionEntry' });

export const VersionsAnswer = z
  .strictObject({
    registry: text,
    id: text,
    versions: z.array(VersionEntry),
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

/** One row of an export; in CSV and XLSX its fields are the columns. */
export const ChangeRowAnswer = z
  .strictObject({
    releasedAt: instant,
    registry: text,
    trial: text.meta({ description: 'Its number' }),
    title: text,
    facet: FacetCode,
    kind: ChangeKindCode,
    before: maybe.meta({ description: 'A code or text of the record' }),
    after: maybe,
    country: maybe.meta({ description: 'Its English short name, or that of the site' }),
    city: maybe,
    site: maybe,
    siteCount: count.nullable().meta({ description: 'How many sites the row stands for' }),
    sentence: text.meta({ description: 'The change in plain words, as sent to readers' }),
    link: page,
    recordLink: z.url().meta({ description: "The registry's own page" }),
    notice: text.meta({ description: "What the registry's terms ask to be said" }),
    change: count.meta({ description: 'The number of the change, which its rows share' }),
    version: count.meta({ description: 'The version of the trial that introduced it' }),
  } satisfies Record<keyof ChangeRow, z.ZodType>)
  .meta({
    id: 'ChangeRow',
    description: 'A change, or its part at one site, in one country or with one new status',
  });

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

const NarrowerCondition = z.strictObject({ slug: text, name: text }).meta({ id: 'NarrowerCondition' });

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
    narrower: z.array(NarrowerCondition),
    counts: z.partialRecord(TrialStatusCode, count).meta({ description: 'Stored trials by status' }),
    trials: z.array(Card).meta({ description: 'Most recently confirmed by their sponsor first' }),
    next,
    url: page,
    sources,
    notice,
  })
  .meta({ id: 'ConditionAnswer' });

const reason = text.meta({ description: "In the words of the list's owner; may be empty" });

export const ListAnswer = z
  .strictObject({
    slug: text,
    name: text,
    organization: text.meta({ description: 'As its owner says; may be empty' }),
    changedAt: instant,
    trials: z.array(
      z
        .strictObject({
          registry: text,
          id: text,
          title: maybe.meta({ description: 'Null while the record was not read' }),
          status: TrialStatusCode.nullable(),
          reason,
          addedAt: instant,
        })
        .meta({ id: 'ListedTrial' }),
    ),
    conditions: z.array(
      z
        .strictObject({
          words: text,
          conceptId: maybe.meta({ description: 'Null for words that are not a heading' }),
          term: maybe,
          reason,
          addedAt: instant,
        })
        .meta({ id: 'ListedCondition' }),
    ),
    feed: page,
    calendar: page,
    url: page,
    sources,
    notice,
  })
  .meta({ id: 'ListAnswer', description: 'Chosen by a reader; nobody here checked the choice' });

const FollowedEntry = z
  .strictObject({
    kind: z.enum(['trial', 'condition']),
    asked: text.meta({ description: 'As sent in the request' }),
    id: maybe.meta({ description: 'The current number of the trial' }),
    name: text.meta({ description: 'What it was resolved to' }),
  })
  .meta({ id: 'FollowedEntry' });

export const SubscriptionAnswer = z
  .strictObject({
    following: z.array(FollowedEntry),
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
      .array(z.strictObject({ parameter: text, detail: text }).meta({ id: 'ParameterFault' }))
      .optional()
      .meta({ description: 'Faults by parameter' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });

const WebhookChange = z
  .strictObject({
    id: count,
    trial: z.strictObject({ registry: text, id: text }).meta({ id: 'TrialNumber' }),
    version: count,
    facet: FacetCode,
    kind: ChangeKindCode,
    sentence: text,
    releasedAt: instant,
    url: page,
  })
  .meta({ id: 'WebhookChange', description: 'A released change without its values, which the API has' });

const WebhookData = z
  .strictObject({
    changes: z.array(WebhookChange),
    cursor: text.meta({ description: 'Cursor for /api/v1/changes after these changes' }),
  })
  .meta({ id: 'WebhookData' });

/** The message that a webhook receives. */
export const WebhookMessage = z
  .strictObject({
    type: z.literal('changes.released'),
    timestamp: instant,
    data: WebhookData,
  })
  .meta({ id: 'WebhookMessage' });
