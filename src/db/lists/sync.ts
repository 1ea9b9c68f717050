import { sql } from 'kysely';
import type { Facet } from '../../core/change.ts';
import type { Frequency } from '../../core/schedule.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';

/** Lists whose followers have not all taken over their last edit. */
export async function listUnsynced(db: Db, atMost: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select distinct f.list_id as id from list_follows f join lists l on l.id = f.list_id
    where f.confirmed_at is not null and f.ended_at is null and f.synced_in < l.revision
    order by 1 limit ${atMost}`.execute(db);
  return rows.map(({ id }) => id);
}

/** People who follow a list and have not taken over its last edit, after an id. */
export async function listBehind(
  db: Db | Tx,
  listId: number,
  after: number,
  atMost: number,
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select f.subscriber_id as id from list_follows f join lists l on l.id = f.list_id
    where f.list_id = ${listId} and f.confirmed_at is not null and f.ended_at is null and f.synced_in < l.revision
      and f.subscriber_id > ${after}
    order by f.subscriber_id limit ${atMost}`.execute(db);
  return rows.map(({ id }) => id);
}

/** The follows of a list, of some people, that have not taken over its last edit. */
const behind = (listId: number, people: readonly number[]) => sql`
  select f.*, l.ended_at as list_ended_at, l.revision from list_follows f join lists l on l.id = f.list_id
  where f.list_id = ${listId} and f.subscriber_id = any(${[...people]}::bigint[]) and f.confirmed_at is not null
    and f.ended_at is null and f.synced_in < l.revision`;

/** A subscription that a list brought just now, with the inputs of its first due time. */
export type BroughtSubscription = {
  id: number;
  subscriberId: number;
  frequency: Frequency;
  weekday: number;
  hour: number;
  timezone: string;
};

/**
 * The subscriptions that followers of a list lost when it removed what has come back to it since, with their follows.
 * The followers must be locked.
 */
export async function listComingBack(
  tx: Tx,
  listId: number,
  people: readonly number[],
): Promise<{ id: number; subscriberId: number; followId: number }[]> {
  const { rows } = await sql<{ id: number; subscriberId: number; followId: number }>`
    select distinct on (f.id, e.id) s.id, s.subscriber_id as "subscriberId", f.id as "followId"
    from (${behind(listId, people)}) f
    join list_entries e on e.list_id = f.list_id and e.added_in > f.synced_in and e.removed_in is null
    join list_entries gone on gone.list_id = f.list_id and gone.removed_in <= f.synced_in
      and gone.topics @> e.topics and gone.topics <@ e.topics
    join subscriptions s on s.subscriber_id = f.subscriber_id and s.state = 'ended' and s.list_follow_id is null
      and s.ended_at >= gone.removed_at and s.topics @> e.topics and s.topics <@ e.topics
    where f.list_ended_at is null order by f.id, e.id, s.ended_at desc`.execute(tx);
  return rows;
}

/** Makes subscriptions those of follows again. */
export async function giveBack(tx: Tx, back: readonly { id: number; followId: number }[]): Promise<void> {
  await sql`update subscriptions s set list_follow_id = b.follow_id
    from unnest(${back.map(({ id }) => id)}::bigint[], ${back.map(({ followId }) => followId)}::bigint[])
      as b (id, follow_id)
    where s.id = b.id and s.state <> 'ended'`.execute(tx);
}

/**
 * Adds what came to a list since its followers last took it over, with the consent to the list, and with the settings
 * and the pause of what it brought before. What someone follows already is not followed twice; what only waits for their
 * confirmation is not followed. The followers must be locked.
 */
export async function bringAdded(
  tx: Tx,
  listId: number,
  people: readonly number[],
  {
    facets,
    isFirst,
    now,
  }: { facets: Record<'trial' | 'condition', readonly Facet[]>; isFirst: boolean; now: Instant },
): Promise<BroughtSubscription[]> {
  const { rows } = await sql<BroughtSubscription>`
    with follows as materialized (${behind(listId, people)}), paused as (
      select s.list_follow_id as id, min(s.paused_until) as until from subscriptions s join follows f on f.id = s.list_follow_id
      where s.state in ('active', 'paused') group by 1 having bool_and(s.state = 'paused')
    ), brought as (
      insert into subscriptions (subscriber_id, state, paused_until, kind, registry, registry_id, words, concept_id,
        concept_term, phrases, topics, filters, facets, frequency, weekday, created_at, active_at, welcome_due, list_follow_id)
      select f.subscriber_id, case when p.id is null then 'active' else 'paused' end, p.until, e.kind, e.registry,
        e.registry_id, e.words, e.concept_id, e.concept_term, e.phrases, e.topics, '{}'::jsonb,
        coalesce(known.facets, case e.kind when 'trial' then ${[...facets.trial]}::text[] else ${[...facets.condition]}::text[] end),
        case when e.weekly_only then 'weekly' else coalesce(known.frequency, f.frequency,
          case e.kind when 'trial' then 'daily' else 'weekly' end) end,
        coalesce(known.weekday, 1), ${now}::timestamptz, ${now}::timestamptz, ${isFirst}::boolean, f.id
      from follows f join list_entries e on e.list_id = f.list_id and e.added_in > f.synced_in and e.removed_in is null
      left join paused p on p.id = f.id
      left join lateral (
        select s.facets, s.frequency, s.weekday from subscriptions s
        where s.list_follow_id = f.id and s.kind = e.kind and s.state in ('active', 'paused') order by s.id desc limit 1
      ) known on true
      where f.list_ended_at is null and not exists (
        select from subscriptions s where s.subscriber_id = f.subscriber_id and s.state in ('active', 'paused')
          and s.topics @> e.topics and s.topics <@ e.topics)
      order by f.subscriber_id, e.id
      returning id, subscriber_id, frequency, weekday, list_follow_id
    ), agreed as (
      insert into consents (subscription_id, wording_version, wording_hash, way, min_age, given_at)
      select b.id, f.wording_version, f.wording_hash, f.way, f.min_age, f.confirmed_at
      from brought b join follows f on f.id = b.list_follow_id
    )
    select b.id, b.subscriber_id as "subscriberId", b.frequency, b.weekday, p.hour, p.timezone
    from brought b join subscribers p on p.id = b.subscriber_id`.execute(tx);
  return rows;
}

/**
 * Lets go of what is no longer on a list. What another followed list of the same person has goes over to that one. The
 * rest is returned, and belongs to no list from now on; what an ended list brought stays with its followers.
 */
export async function letGoRemoved(
  tx: Tx,
  listId: number,
  people: readonly number[],
): Promise<{ id: number; subscriberId: number }[]> {
  const { rows } = await sql<{ id: number; subscriberId: number; stays: boolean }>`
    with follows as materialized (${behind(listId, people)}), gone as (
      select s.id, f.list_ended_at is not null as stays, (
        select o.id from list_follows o join lists l on l.id = o.list_id and l.ended_at is null
        join list_entries e on e.list_id = o.list_id and e.removed_in is null
        where o.subscriber_id = f.subscriber_id and o.id <> f.id and o.confirmed_at is not null and o.ended_at is null
          and e.topics @> s.topics and e.topics <@ s.topics limit 1) as other
      from follows f join subscriptions s on s.list_follow_id = f.id and s.state in ('active', 'paused')
      where f.list_ended_at is not null or (
        exists (select from list_entries e where e.list_id = f.list_id and e.removed_in > f.synced_in
          and e.topics @> s.topics and e.topics <@ s.topics)
        and not exists (select from list_entries e where e.list_id = f.list_id and e.removed_in is null
          and e.topics @> s.topics and e.topics <@ s.topics))
    )
    update subscriptions s set list_follow_id = gone.other from gone where gone.id = s.id
    returning s.id, s.subscriber_id as "subscriberId", gone.stays or gone.other is not null as stays`.execute(
    tx,
  );
  return rows.flatMap(({ stays, ...one }) => (stays ? [] : one));
}

/** The number of a list's last edit; null if there is no such list. */
export async function readRevision(tx: Tx, listId: number): Promise<number | null> {
  const { rows } = await sql<{ revision: number }>`select revision from lists where id = ${listId}`.execute(
    tx,
  );
  return rows[0]?.revision ?? null;
}

/** Records that some followers have taken over a list up to an edit. */
export async function markSynced(
  tx: Tx,
  listId: number,
  people: readonly number[],
  revision: number,
): Promise<void> {
  await sql`update list_follows set synced_in = ${revision}
    where list_id = ${listId} and subscriber_id = any(${[...people]}::bigint[]) and synced_in < ${revision}
      and confirmed_at is not null and ended_at is null`.execute(tx);
}
