import { sql } from 'kysely';
import type { SubscriptionFilters } from '../../core/subscriptions/filters.ts';
import type { Instant } from '../../core/trial.ts';
import type { ReleasedChange } from '../catalog/feeds.ts';
import type { Db } from '../connect.ts';
import { asksForFacet } from './subscription-conditions.ts';

const columns = sql`c.id, c.position, c.version, c.change, c.weight, c.released_at as "releasedAt", t.registry,
  t.registry_id as "registryId", t.title, t.status, t.first_posted_on as "firstPostedOn"`;
/** Kinds that only followers of a condition get. */
const isTold = sql`(s.kind = 'condition' or c.kind not in ('registered', 'entered', 'left'))`;

/**
 * All changes released between two instants (the later one exclusive) about anything a person follows, paused
 * or not, oldest first; the newest `atMost` of them. Facets and filters are ignored: a report covers
 * everything.
 */
export async function listReported(
  db: Db,
  subscriberId: number,
  range: { from: Instant; until: Instant },
  atMost: number,
): Promise<ReleasedChange[]> {
  const { rows } = await sql<ReleasedChange>`
    select distinct on (c.position) ${columns}
    from subscriptions s cross join lateral unnest(s.topics) as f (topic)
    join topic_changes tc on tc.topic = f.topic join changes c on c.position = tc.position
    join trials t on t.id = c.trial_id
    where s.subscriber_id = ${subscriberId} and s.state in ('active', 'paused') and c.state = 'released' and ${isTold}
      and c.released_at >= ${range.from} and c.released_at < ${range.until}
    order by c.position desc limit ${atMost}`.execute(db);
  return rows.reverse();
}

/** A change that subscriptions tell, with the filters of each. */
export type ReportedChange = ReleasedChange & { trialId: number; filters: SubscriptionFilters[] };

/**
 * The newest changes of the kinds that a person's subscriptions tell, newest first; filters are not applied
 * yet.
 */
export async function listChangesForReport(
  db: Db,
  subscriberId: number,
  atMost: number,
): Promise<ReportedChange[]> {
  const { rows } = await sql<ReportedChange>`
    select ${columns}, c.trial_id as "trialId", p.filters
    from (
      select newest.position, array_agg(s.filters) as filters
      from subscriptions s cross join lateral (
        select distinct tc.position, tc.topic from unnest(s.topics) as f (topic)
        cross join lateral (
          select position, topic from topic_changes where topic = f.topic order by position desc limit ${atMost}
        ) tc
      ) newest join changes c on c.position = newest.position
      where s.subscriber_id = ${subscriberId} and s.state in ('active', 'paused') and c.state = 'released' and ${isTold}
        and ${asksForFacet}
      group by newest.position order by newest.position desc limit ${atMost}
    ) p join changes c on c.position = p.position join trials t on t.id = c.trial_id
    order by p.position desc`.execute(db);
  return rows;
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
