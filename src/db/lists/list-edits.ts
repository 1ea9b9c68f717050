import { sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../connect.ts';

/** Edits of a followed list that its reader was not told of: those after `from`, up to `to`. */
export type ListEdits = { followId: number; from: number; to: number };

/** Whether edits of the list `l` since `f` was told changed what is on it, or ended it. */
const isNews = sql<boolean>`(l.ended_at is not null or exists (
  select from list_entries e where e.list_id = l.id and (
    (e.added_in > f.told_in and e.removed_in is null) or (e.added_in <= f.told_in and e.removed_in > f.told_in))))`;

/** Whether what the follow `f` brought is not all paused. */
export const isHeard = sql<boolean>`(exists (
    select from subscriptions s where s.list_follow_id = f.id and s.state = 'active')
  or not exists (select from subscriptions s where s.list_follow_id = f.id and s.state = 'paused'))`;

/** How long after a note about a list the next one may go: a week, less what clocks are moved by. */
const betweenNotes = sql`interval '166 hours'`;

/** The follows `f` of the person `p`, of lists `l` that are taken over whole, whose edits `p` was not told of. */
const untold = sql`list_follows f join lists l on l.id = f.list_id
  where f.subscriber_id = p.id and f.confirmed_at is not null and f.ended_at is null and f.told_in < l.revision
    and f.synced_in = l.revision and ${isNews} and ${isHeard}`;

/**
 * The edits that the person `p` is to be told of, as JSON: not while all that a list brought is paused, and not within a
 * week of the last note about that list.
 */
export const editsToTell = (now: Instant) => sql<ListEdits[]>`coalesce((
  select jsonb_agg(jsonb_build_object('followId', f.id, 'from', f.told_in, 'to', l.revision) order by f.id)
  from ${untold} and coalesce(f.told_at <= ${now}::timestamptz - ${betweenNotes}, true)), '[]')`;

/** When the first of the other edits may be told; null if there are none. */
export const editsWaitUntil = (now: Instant) => sql<Instant | null>`(
  select min(f.told_at) + ${betweenNotes} from ${untold} and f.told_at > ${now}::timestamptz - ${betweenNotes})`;

/** Records that edits are promised to their readers. A list that has ended is no longer followed. */
export async function markTold(tx: Tx, edits: readonly ListEdits[], now: Instant): Promise<void> {
  if (edits.length === 0) return;
  await sql`
    update list_follows f set told_in = e.told, told_at = ${now}::timestamptz,
      ended_at = case when l.ended_at is not null then ${now}::timestamptz end
    from unnest(${edits.map((one) => one.followId)}::bigint[], ${edits.map((one) => one.to)}::int[]) as e (id, told), lists l
    where f.id = e.id and l.id = f.list_id`.execute(tx);
}

/** The hours and zones of those of some people who are to be told of an edit. */
export async function listClocksToTell(
  tx: Tx,
  listId: number,
  people: readonly number[],
): Promise<{ hour: number; timezone: string }[]> {
  const { rows } = await sql<{ hour: number; timezone: string }>`
    select distinct p.hour, p.timezone
    from list_follows f join lists l on l.id = f.list_id join subscribers p on p.id = f.subscriber_id
    where f.list_id = ${listId} and p.id = any(${[...people]}::bigint[]) and f.confirmed_at is not null
      and f.ended_at is null and f.told_in < l.revision`.execute(tx);
  return rows;
}

/** Considers the notes of those people at these instants, by their hours and zones, if not before. */
export async function scheduleToTell(
  tx: Tx,
  listId: number,
  people: readonly number[],
  times: readonly { hour: number; timezone: string; at: Instant }[],
): Promise<void> {
  if (times.length === 0) return;
  await sql`
    update subscribers p set notes_due_at = least(p.notes_due_at, t.at)
    from unnest(${times.map(({ hour }) => hour)}::int[], ${times.map(({ timezone }) => timezone)}::text[],
      ${times.map(({ at }) => at)}::timestamptz[]) as t (hour, timezone, at)
    where p.hour = t.hour and p.timezone = t.timezone and p.id = any(${[...people]}::bigint[]) and exists (
      select from list_follows f join lists l on l.id = f.list_id where f.list_id = ${listId} and f.subscriber_id = p.id
        and f.confirmed_at is not null and f.ended_at is null and f.told_in < l.revision)`.execute(tx);
}

/** Edits of a list in facts: what its reader follows by it now, with the owner's reasons, and what left it. */
export type ListNewsFacts = {
  name: string;
  organization: string;
  isEnded: boolean;
  /** Subscription and reason; null if the reader has no such subscription by the list. */
  added: { subscriptionId: number | null; reason: string }[];
  removed: { words: string; title: string | null }[];
};

/**
 * Reads edits for a note, oldest list first. Leaves out lists that the reader stopped since, and what was removed and put
 * back.
 */
export async function readListNews(
  tx: Tx,
  subscriberId: number,
  edits: readonly ListEdits[],
): Promise<ListNewsFacts[]> {
  const { rows } = await sql<ListNewsFacts>`
    select l.name, l.organization, l.ended_at is not null as "isEnded", coalesce((
        select jsonb_agg(jsonb_build_object('subscriptionId', s.id, 'reason', e.reason) order by e.id)
        from list_entries e left join subscriptions s on s.list_follow_id = f.id and s.state = 'active'
          and s.topics @> e.topics and s.topics <@ e.topics
        where e.list_id = l.id and e.added_in > x.since and e.added_in <= x.until and e.removed_in is null
          and not exists (select from list_entries o where o.list_id = l.id and o.added_in <= x.since
            and o.removed_in > x.since and o.topics @> e.topics and o.topics <@ e.topics)), '[]') as added,
      coalesce((
        select jsonb_agg(jsonb_build_object('words', coalesce(e.registry_id, e.words), 'title', t.title) order by e.id)
        from list_entries e left join trials t on t.registry = e.registry and t.registry_id = e.registry_id
        where e.list_id = l.id and e.added_in <= x.since and e.removed_in > x.since and e.removed_in <= x.until
          and not exists (select from list_entries o where o.list_id = l.id and o.added_in > x.since and o.added_in <= x.until
            and o.removed_in is null and o.topics @> e.topics and o.topics <@ e.topics)), '[]')
        as removed
    from unnest(${edits.map((one) => one.followId)}::bigint[], ${edits.map((one) => one.from)}::int[],
      ${edits.map((one) => one.to)}::int[]) as x (id, since, until)
    join list_follows f on f.id = x.id and f.subscriber_id = ${subscriberId} join lists l on l.id = f.list_id
    where f.ended_at is null or l.ended_at is not null
    order by f.id`.execute(tx);
  return rows;
}
