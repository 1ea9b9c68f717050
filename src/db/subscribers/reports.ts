import { sql } from 'kysely';
import type { SubscriptionFilters } from '../../core/subscriptions/filters.ts';
import type { Instant } from '../../core/trial.ts';
import { type FeedChange, feedColumns, feedTables, type ReleasedChange } from '../catalog/feeds.ts';
import { findEnds, isInSpan, type Span } from '../catalog/released-span.ts';
import type { Db } from '../connect.ts';
import { asksForFacet } from './subscription-conditions.ts';

const columns = sql`c.id, c.position, c.version, c.change, c.weight, c.released_at as "releasedAt", t.registry,
  t.registry_id as "registryId", t.title, t.status, t.first_posted_on as "firstPostedOn"`;
/** Whether the subscription `s` reports the kind of the change `c`: only conditions report registrations. */
const isTold = sql`(s.kind = 'condition' or c.kind not in ('registered', 'entered', 'left'))`;

/**
 * All changes released between two instants (the later one exclusive) about anything a person follows, paused
 * or not, oldest first; the newest `atMost` of them. Facets and filters are ignored: a report covers
 * everything.
 */
export async function listReported(
  db: Db,
  subscriberId: number,
  range: Span,
  atMost: number,
): Promise<ReleasedChange[]> {
  const { rows } = await sql<ReleasedChange>`
    select distinct on (c.position) ${columns}
    from subscriptions s cross join lateral unnest(s.topics) as f (topic)
    join topic_changes tc on tc.topic = f.topic join changes c on c.position = tc.position
    join trials t on t.id = c.trial_id
    where s.subscriber_id = ${subscriberId} and s.state in ('active', 'paused') and c.state = 'released' and ${isTold}
      and ${isInSpan(range)}
    order by c.position desc limit ${atMost}`.execute(db);
  return rows.reverse();
}

/** The number of positions examined per statement. */
const lookedAtOnce = 500;

/**
 * The changes that `listReported` has, all of them, in the order of their release, some at a time. Those that are
 * released meanwhile are left out.
 */
export async function* readReported(
  db: Db,
  subscriberId: number,
  span: Span,
): AsyncGenerator<ReleasedChange[]> {
  const ends = await findEnds(db, span);
  const isOwn = sql`s.subscriber_id = ${subscriberId} and s.state in ('active', 'paused')`;
  for (let after = ends.after; after < ends.last; ) {
    const { rows } = await sql<{ position: number; id: number | null } & ReleasedChange>`
      with looked as materialized (
        select distinct near.position
        from subscriptions s cross join lateral unnest(s.topics) as f (topic) cross join lateral (
          select position from topic_changes where topic = f.topic and position > ${after} and position <= ${ends.last}
          order by position limit ${lookedAtOnce}
        ) near
        where ${isOwn}
        order by near.position limit ${lookedAtOnce}
      ),
      told as (
        select ${columns} from looked l join changes c on c.position = l.position join trials t on t.id = c.trial_id
        where c.state = 'released' and ${isInSpan(span)} and exists (
          select from subscriptions s join topic_changes tc on tc.topic = any(s.topics)
          where ${isOwn} and tc.position = c.position and ${isTold})
      )
      select told.*, l.position from looked l left join told on told.position = l.position order by l.position`.execute(
      db,
    );
    yield rows.filter(({ id }) => id !== null);
    if (rows.length < lookedAtOnce) return;
    after = rows.at(-1)?.position ?? ends.last;
  }
}

/** A change that subscriptions tell, with the id and the filters of each. */
export type SubscribedChange = FeedChange & {
  trialId: number;
  tellers: { id: number; filters: SubscriptionFilters }[];
};

/**
 * The changes of the kinds that a person's subscriptions tell among the newest `lookedAt` before a position, newest
 * first; filters are not applied yet. `end` is the position where a next look begins; null if there is nothing older.
 */
export async function listSubscribedChanges(
  db: Db,
  subscriberId: number,
  before: number | null,
  lookedAt: number,
): Promise<{ changes: SubscribedChange[]; end: number | null }> {
  type Ends = { end: number | null };
  const { rows } = await sql<Ends & { [Field in keyof SubscribedChange]: SubscribedChange[Field] | null }>`
    with looked as materialized (
      select distinct newest.position
      from subscriptions s cross join lateral unnest(s.topics) as f (topic) cross join lateral (
        select position from topic_changes where topic = f.topic and (${before}::bigint is null or position < ${before})
        order by position desc limit ${lookedAt}
      ) newest
      where s.subscriber_id = ${subscriberId} and s.state in ('active', 'paused')
      order by newest.position desc limit ${lookedAt}
    ),
    told as (
      select l.position, jsonb_agg(jsonb_build_object('id', s.id, 'filters', s.filters)) as tellers
      from looked l join changes c on c.position = l.position
      join subscriptions s on s.subscriber_id = ${subscriberId} and s.state in ('active', 'paused')
      where c.state = 'released' and ${isTold} and ${asksForFacet} and exists (
        select from topic_changes tc where tc.position = l.position and tc.topic = any(s.topics))
      group by l.position
    ),
    ends as (select case when count(*) = ${lookedAt} then min(position) end as "end" from looked)
    select ends."end", p.*
    from ends left join (
      select ${feedColumns}, c.trial_id as "trialId", told.tellers
      from told join changes c on c.position = told.position ${feedTables}
    ) p on true
    order by p.position desc`.execute(db);
  const changes = rows.flatMap(({ end: _, ...row }) => (row.id === null ? [] : [row as SubscribedChange]));
  return { changes, end: rows[0]?.end ?? null };
}

/** The owner of a private feed's link; null if there is none, or the feed has a new URL. */
export async function findFeedOwner(
  db: Db,
  link: { id: number; generation: number },
): Promise<{ id: number; createdAt: Instant } | null> {
  const row = await db
    .selectFrom('subscribers')
    .select(['id', 'created_at'])
    .where('id', '=', link.id)
    .where('feed_generation', '=', link.generation)
    .executeTakeFirst();
  return row ? { id: row.id, createdAt: row.created_at } : null;
}
