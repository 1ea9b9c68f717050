import { z } from 'zod';
import { Card, Facet, Trial, TrialStatus } from './records.ts';

/** Everything the API answers, as zod schemas; names are for good. */

const text = z.string();
const maybe = text.nullable();
const day = z.iso.date();
const instant = z.iso.datetime();
const count = z.int().nonnegative();
const page = z.url().meta({ description: 'The page for people' });
const notice = text.meta({ description: 'What this is and what it is not; show it with what you show' });
const next = maybe.meta({ description: 'The cursor of the page that follows; null when none does' });

export const TrialAnswer = z
  .strictObject({
    registry: text,
    id: text,
    url: page,
    recordUrl: z.url().meta({ description: "The registry's own page" }),
    version: count,
    watchedSince: instant,
    readAt: instant.meta({ description: 'When this version, or its sameness, was last read' }),
    dataDay: day.nullable().meta({ description: "The registry's data day that everything is known up to" }),
    removedAt: instant
      .nullable()
      .meta({ description: 'When the record was found to be gone from the registry' }),
    heldChanges: count.meta({ description: 'Changes that are held back until a person has looked at them' }),
    card: Card,
    trial: Trial,
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
        path: text.meta({ description: 'Where the version is' }),
      }),
    ),
    next,
  })
  .meta({ id: 'VersionsAnswer' });

export const VersionAnswer = z
  .strictObject({ registry: text, id: text, version: count, readAt: instant, trial: Trial, notice })
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
export const Change = z
  .strictObject({
    id: count,
    trial: z.strictObject({ registry: text, id: text, title: text }),
    version: count.meta({ description: 'The version of the trial that brought it' }),
    facet: Facet,
    kind: text.meta({ description: 'What kind of change of its facet; more may come' }),
    before: z.json().meta({ description: 'As its kind has it; of contacts always null' }),
    after: z.json(),
    site: ChangedSite.optional(),
    whyStopped: text.optional().meta({ description: "The sponsor's own words" }),
    count: count.optional().meta({ description: 'How many sites the line stands for' }),
    statuses: z
      .record(text, count)
      .optional()
      .meta({ description: 'How many of those sites have which status now' }),
    implausible: z.enum(['too-early', 'too-late', 'before-start']).optional(),
    sentence: text.meta({ description: 'The change in plain words, as readers are told it' }),
    detectedAt: instant,
    releasedAt: instant.meta({
      description: 'When it was first told; later than its detection when it was held back',
    }),
    url: page,
  })
  .meta({ id: 'Change' });

export const ChangesAnswer = z
  .strictObject({
    changes: z.array(Change),
    next: text.meta({ description: 'Where to go on, now or later: keep it' }),
    more: z
      .boolean()
      .meta({ description: 'Whether something waits beyond it now, even when this page is empty' }),
    notice,
  })
  .meta({ id: 'ChangesAnswer' });

const NamedCondition = z
  .strictObject({
    slug: text,
    name: text,
    term: text.meta({ description: 'The MeSH heading' }),
    conceptId: text,
    trials: count.meta({ description: 'Stored trials about it; some minutes old' }),
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
    conceptId: maybe.meta({ description: 'Null for words that are no heading' }),
    term: maybe,
    also: z.array(text).meta({ description: 'Other names' }),
    narrower: z.array(z.strictObject({ slug: text, name: text })),
    counts: z.partialRecord(TrialStatus, count).meta({ description: 'Stored trials by status' }),
    trials: z.array(Card).meta({ description: 'Those whose sponsor confirmed them last come first' }),
    next,
    url: page,
    notice,
  })
  .meta({ id: 'ConditionAnswer' });

export const SubscriptionAnswer = z
  .strictObject({
    following: z.array(
      z.strictObject({
        kind: z.enum(['trial', 'condition']),
        asked: text.meta({ description: 'As it was asked for' }),
        id: maybe.meta({ description: 'The present id of the trial' }),
        name: text.meta({ description: 'How it was understood' }),
      }),
    ),
  })
  .meta({
    id: 'SubscriptionAnswer',
    description: 'The same whoever has the address, whatever they follow already',
  });

export const Problem = z
  .strictObject({
    type: text,
    title: text,
    status: z.int(),
    detail: text,
    errors: z
      .array(z.strictObject({ parameter: text, detail: text }))
      .optional()
      .meta({ description: 'What is wrong, parameter by parameter' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });

/** What a webhook is sent. */
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
          facet: Facet,
          kind: text,
          sentence: text,
          releasedAt: instant,
          url: page,
        }),
      ),
      cursor: text.meta({ description: 'What /api/v1/changes goes on from after these' }),
    }),
  })
  .meta({ id: 'WebhookMessage' });
