import { sql } from 'kysely';
import type { Candidate, ComposedItem } from '../../core/digests/compose.ts';
import type { Digest } from '../../core/digests/digest.ts';
import type { Instant } from '../../core/trial.ts';
import { planOnce, type Tx } from '../connect.ts';
import { numberArray } from '../number-array.ts';
import { asksForFacet, hasConsent } from '../subscribers/subscription-conditions.ts';
import { type DueSubscription, listSubscriptions } from './due-subscriptions.ts';
import { addToldElsewhere } from './linked-trials.ts';
import { packRows } from './pack-rows.ts';

/**
 * A planned digest in its present form, and the digests that reported newer news of the same trials and facets
 * since.
 */
export type PromisedDigest = { digestId: number; content: Digest; newerDigests: number[] };

/**
 * The changes that those subscriptions reach between their cursors and the horizon, optionally of one trial;
 * a single query whatever their number.
 */
export async function listCandidates(
  tx: Tx,
  subscriptionIds: number[],
  horizon: number,
  trialId: number | null = null,
): Promise<Candidate[]> {
  if (subscriptionIds.length === 0) return [];
  const ofTrial = trialId === null ? sql`` : sql`and c.trial_id = ${trialId}`;
  const { rows } = await sql<Candidate>`${planOnce}
    select distinct on (s.id, c.position) s.id as "subscriptionId", s.subscriber_id as "subscriberId", c.id as "changeId",
      c.position, c.trial_id as "trialId", c.version, c.change, c.other_topics as "otherTopics",
      c.detected_at as "detectedAt", case when told.furthest > c.position then (
        select jsonb_agg(jsonb_build_object('digestId', i.digest_id, 'change', l.change) order by l.position)
        from changes l join digest_items i on i.change_id = l.id and i.subscriber_id = s.subscriber_id
        where l.trial_id = c.trial_id and l.version > c.version and l.facet = c.facet and l.position > c.position
          and i.digest_id is not null) end as "notifiedLater"
    from subscriptions s
    cross join lateral (
      select max(o.position) as furthest from subscriptions o where o.subscriber_id = s.subscriber_id) told
    cross join lateral unnest(s.topics) as t (topic)
    join topic_changes tc on tc.topic = t.topic and tc.position > s.position and tc.position <= ${horizon}
    join changes c on c.position = tc.position
    where s.id = any(${subscriptionIds}::bigint[])
      and ${asksForFacet} ${ofTrial}
      and not exists (select from digest_items i where i.subscriber_id = s.subscriber_id and i.change_id = c.id)
    order by s.id, c.position`.execute(tx);
  return addToldElsewhere(tx, rows);
}

/**
 * The items of a digest that its person still wants, through any active subscription with consent, and what
 * the digests `newerDigests` reported later. The other items leave the digest; a paused subscription whose cursor
 * is before them may still report them.
 */
export async function selectDeliverable(
  tx: Tx,
  digestId: number,
  newerDigests: number[] = [],
): Promise<{ candidates: Candidate[]; subscriptions: DueSubscription[] }> {
  const { rows: candidates } = await sql<Candidate>`
    select s.id as "subscriptionId", s.subscriber_id as "subscriberId", c.id as "changeId", c.position,
      c.trial_id as "trialId", c.version, c.change, c.other_topics as "otherTopics", c.detected_at as "detectedAt", (
        select jsonb_agg(jsonb_build_object('digestId', l.digest_id, 'change', n.change) order by n.position)
        from digest_items l join changes n on n.id = l.change_id
        where l.digest_id = any(${newerDigests}::bigint[]) and n.trial_id = c.trial_id and n.facet = c.facet
          and n.version > c.version and n.position > c.position) as "notifiedLater"
    from digest_items i join changes c on c.id = i.change_id
    join subscriptions s on s.subscriber_id = i.subscriber_id and s.state = 'active' and c.topics && s.topics
      and ${asksForFacet} and s.position is not null
      and ${hasConsent}
    where i.digest_id = ${digestId} order by s.id, c.position`.execute(tx);
  const kept = candidates.map((candidate) => candidate.changeId);
  await sql`delete from digest_items
    where digest_id = ${digestId} and not change_id = any(${kept}::bigint[])`.execute(tx);
  const subscriptions = await listSubscriptions(
    tx,
    sql`id = any(${candidates.map((c) => c.subscriptionId)}::bigint[])`,
    sql`true`,
  );
  return { candidates: await addToldElsewhere(tx, candidates, digestId), subscriptions };
}

/**
 * Keeps only these changes in a digest. The others are settled without a mail, because later news was reported.
 */
export async function keepOnly(tx: Tx, digestId: number, changeIds: number[]): Promise<void> {
  await sql`update digest_items set digest_id = null
    where digest_id = ${digestId} and not change_id = any(${changeIds}::bigint[])`.execute(tx);
}

/** Replaces a digest's content by one of its own, before it was ever sent. */
export async function replaceContent(tx: Tx, digestId: number, content: Digest): Promise<void> {
  await tx
    .updateTable('digests')
    .set({
      content: JSON.stringify(content),
      ...{ content_id: null, subscription_id: null, words: null, since: null, timezone: null, parts: null },
    })
    .where('id', '=', digestId)
    .execute();
}

/**
 * A digest to be promised, with everything it settles. `items` that were netted away do not appear in its
 * content.
 */
export type PlannedDigest = {
  subscriberId: number;
  content: Digest | null;
  dueAt: Instant;
  items: ComposedItem[];
};

/**
 * Writes the promise: digests, their items and their deliveries. A digest without content only settles its
 * items. Returns the deliveries' ids.
 */
export async function writeDigests(
  tx: Tx,
  planned: PlannedDigest[],
  how: { horizon: number; now: Instant },
): Promise<number[]> {
  const mailed = planned.filter((digest) => digest.content !== null);
  const rows: { id: number; subscriber_id: number }[] = [];
  for (const text of packRows(mailed.map(({ subscriberId: p, content: c, dueAt: d }) => ({ p, c, d })))) {
    const written = await sql<{ id: number; subscriber_id: number }>`
      insert into digests (subscriber_id, horizon, content, due_at, planned_at)
      select d.p, ${how.horizon}::bigint, d.c, d.d, ${how.now}::timestamptz
      from jsonb_to_recordset(${text}::jsonb) as d (p bigint, c jsonb, d timestamptz)
      returning id, subscriber_id`.execute(tx);
    rows.push(...written.rows);
  }
  const digestOf = new Map(rows.map((row) => [row.subscriber_id, row.id]));
  if (planned.length === 0) return [];
  const items = planned.flatMap((digest) =>
    digest.items.map((item) => ({
      ...item,
      subscriberId: digest.subscriberId,
      digestId: digest.content ? (digestOf.get(digest.subscriberId) ?? null) : null,
    })),
  );
  await sql`
    insert into digest_items (subscriber_id, change_id, subscription_id, digest_id, kind)
    select * from unnest(${numberArray(items.map((i) => i.subscriberId))}::bigint[], ${numberArray(items.map((i) => i.changeId))}::bigint[],
      ${numberArray(items.map((i) => i.subscriptionId))}::bigint[], ${numberArray(items.map((i) => i.digestId))}::bigint[],
      ${items.map((i) => i.kind)}::text[])`.execute(tx);
  // The date, and with it the Message-ID, is that of the promise: a restored backup keeps both.
  const { rows: deliveries } = await sql<{ id: number }>`
    insert into deliveries (kind, subscriber_id, digest_id, due_at, planned_at, message_date)
    select 'digest', d.subscriber_id, d.id, ${how.now}::timestamptz, ${how.now}::timestamptz, ${how.now}::timestamptz
    from unnest(${numberArray(rows.map((row) => row.subscriber_id))}::bigint[], ${numberArray(rows.map((row) => row.id))}::bigint[])
      as d (subscriber_id, id)
    returning id`.execute(tx);
  return deliveries.map((row) => row.id);
}

/**
 * Ends a batch: sets each subscriber's next due time to the earliest of their subscriptions', and the time of
 * the last digest for those who got one.
 */
export async function closeBatch(
  tx: Tx,
  subscriberIds: number[],
  mailed: number[],
  now: Instant,
): Promise<void> {
  await sql`${planOnce}
    update subscribers p set
      next_due_at = (select min(next_due_at) from subscriptions s where s.subscriber_id = p.id and s.state = 'active'),
      last_digest_at = case when m.id is null then last_digest_at else ${now}::timestamptz end
    from unnest(${numberArray(subscriberIds)}::bigint[]) as b (id) left join unnest(${numberArray(mailed)}::bigint[]) as m (id) using (id)
    where p.id = b.id`.execute(tx);
}
