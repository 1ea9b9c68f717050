import { sql } from 'kysely';
import type { Db } from '../connect.ts';

/** A trial with recent changes that concern something a person follows or followed. */
export type ConcernedTrial = { trialId: number; registry: string; id: string; title: string; newest: number };

/** How many of a topic's newest releases are looked at. */
const perTopic = 100;

/**
 * The trials whose changes, released or held, last concerned what a person follows or followed, whatever kinds of news
 * they chose; newest change first. With `before`, only those whose newest change is older than that one.
 */
export async function listConcerned(
  db: Db,
  subscriberId: number,
  page: { before: number | null; limit: number },
): Promise<ConcernedTrial[]> {
  const { rows } = await sql<ConcernedTrial>`
    with topics as materialized (
      select distinct unnest(topics) as topic from subscriptions where subscriber_id = ${subscriberId}
    ), concerned as (
      select c.id, c.trial_id from topics cross join lateral (
        select position from topic_changes tc where tc.topic = topics.topic order by position desc limit ${perTopic}
      ) newest join changes c on c.position = newest.position
      union
      select c.id, c.trial_id from changes c
      where c.state = 'held' and c.topics && (select array_agg(topic) from topics)
    )
    select t.id as "trialId", t.registry, t.registry_id as id, t.title, max(c.id) as newest
    from concerned c join trials t on t.id = c.trial_id
    group by t.id having ${page.before}::bigint is null or max(c.id) < ${page.before}
    order by newest desc limit ${page.limit}`.execute(db);
  return rows;
}
