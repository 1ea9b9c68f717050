import { sql } from 'kysely';
import type { NoteKind } from '../../core/digests/mail-kinds.ts';
import type { NoteClock } from '../../core/digests/notes.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../connect.ts';
import { asksForFacet, hasConsent } from './subscription-conditions.ts';

/** A person whose notes are looked at, as they stand now. */
export type NotePerson = NoteClock & {
  id: number;
  quietNotes: boolean;
  /** Follows something that is watched and neither paused nor stopped. */
  isServed: boolean;
  /** A change that somebody may be told waits for their next mail. */
  isOwed: boolean;
  /** What they confirmed and were not welcomed for, and whether each of it is watched. */
  welcomeIds: number[];
  isWelcomeReady: boolean;
  welcomeSince: Instant | null;
};

/** Whether a change that the person `p` may be told waits for their next mail, or for its time. */
const isOwed = sql<boolean>`exists (
  select from subscriptions s cross join lateral unnest(s.topics) as t (topic)
  join topic_changes tc on tc.topic = t.topic and tc.position > s.position
  join changes c on c.position = tc.position and ${asksForFacet}
  where s.subscriber_id = p.id and s.state = 'active' and not exists (
    select from digest_items i where i.subscriber_id = p.id and i.change_id = c.id))`;

/** Takes a batch of people whose notes are to be looked at; those another planner holds are passed over. */
export async function takeNotePeople(tx: Tx, now: Instant, limit: number): Promise<NotePerson[]> {
  const { rows } = await sql<NotePerson>`
    with taken as (
      select * from subscribers where notes_due_at <= ${now}
      order by notes_due_at, id limit ${limit} for update skip locked
    )
    select p.id, p.hour, p.timezone, p.quiet_from as "quietFrom", p.last_digest_at as "lastDigestAt",
      p.quiet_note_at as "quietNoteAt", p.yearly_from as "yearlyFrom", p.quiet_notes as "quietNotes",
      coalesce(p.next_due_at <= ${now}, false) or ${isOwed} as "isOwed",
      a.served as "isServed", a.ids as "welcomeIds", a.ready as "isWelcomeReady", a.since as "welcomeSince"
    from taken p cross join lateral (
      select coalesce(bool_or(s.position is not null), false) as served,
        coalesce(array_agg(s.id order by s.id) filter (where s.welcome_due), '{}') as ids,
        coalesce(bool_and(s.position is not null) filter (where s.welcome_due), false) as ready,
        min(s.active_at) filter (where s.welcome_due) as since
      from subscriptions s where s.subscriber_id = p.id and s.state = 'active'
        and ${hasConsent}
    ) a order by p.notes_due_at, p.id`.execute(tx);
  return rows;
}

/** What came of looking at a person's notes: the one to be mailed now, if any, and when to look again. */
export type NotePlan = { id: number; kind: NoteKind | null; params: Buffer | null; lookAt: Instant | null };

/**
 * Writes the promise: the deliveries, what silence and years count from now on, and when to look again. Returns the
 * deliveries' ids.
 */
export async function writeNotes(tx: Tx, plans: NotePlan[], now: Instant): Promise<number[]> {
  const kinds = plans.map(({ kind }) => kind);
  const ids = plans.map(({ id }) => id);
  const lookAts = plans.map(({ lookAt }) => lookAt);
  await sql`
    update subscribers p set notes_due_at = n.look_at::timestamptz,
      quiet_from = case when n.kind in ('welcome', 'yearly') then ${now}::timestamptz else quiet_from end,
      quiet_note_at = case when n.kind = 'quiet' then ${now}::timestamptz else quiet_note_at end,
      yearly_from = case when n.kind = 'yearly' then ${now}::timestamptz else yearly_from end
    from unnest(${ids}::bigint[], ${kinds}::text[], ${lookAts}::text[]) as n (id, kind, look_at)
    where p.id = n.id`.execute(tx);
  const welcomed = plans.filter(({ kind }) => kind === 'welcome').map(({ id }) => id);
  await sql`update subscriptions set welcome_due = false
    where welcome_due and subscriber_id = any(${welcomed}::bigint[])`.execute(tx);
  const mailed = plans.filter(({ kind }) => kind !== null);
  // As with digests, the date and with it the Message-ID is that of the promise.
  const { rows } = await sql<{ id: number }>`
    insert into deliveries (kind, subscriber_id, params, due_at, planned_at, message_date)
    select n.kind, n.id, n.params, ${now}::timestamptz, ${now}::timestamptz, ${now}::timestamptz
    from unnest(${mailed.map(({ kind }) => kind)}::text[], ${mailed.map(({ id }) => id)}::bigint[],
      ${mailed.map(({ params }) => params)}::bytea[]) as n (kind, id, params)
    returning id`.execute(tx);
  return rows.map(({ id }) => id);
}

/** Silence counts from now on for these people, for they follow something new or again; their years from the first time. */
export async function startNoNewsClock(tx: Tx, subscriberIds: number[], now: Instant): Promise<void> {
  await lockPeople(tx, subscriberIds);
  await sql`update subscribers set quiet_from = ${now}::timestamptz, notes_due_at = ${now}::timestamptz,
      yearly_from = coalesce(yearly_from, ${now}::timestamptz)
    where id = any(${subscriberIds}::bigint[])`.execute(tx);
}

/** Locks people in the order in which everybody locks them, before what they follow is written. */
export async function lockPeople(tx: Tx, subscriberIds: number[]): Promise<void> {
  await sql`select id from subscribers where id = any(${subscriberIds}::bigint[]) order by id for update`.execute(
    tx,
  );
}

/** Whether a change waits for a person's next mail. */
export async function isOwedChanges(tx: Tx, subscriberId: number): Promise<boolean> {
  const { rows } = await sql`select from subscribers p where p.id = ${subscriberId} and ${isOwed}`.execute(
    tx,
  );
  return rows.length > 0;
}

/** Somebody confirmed something: they are welcomed once it is watched, or soon. Their years count from the first time. */
export async function awaitWelcome(tx: Tx, subscriberId: number, now: Instant): Promise<void> {
  await sql`update subscribers set notes_due_at = ${now}::timestamptz,
      yearly_from = coalesce(yearly_from, ${now}::timestamptz)
    where id = ${subscriberId}`.execute(tx);
}

/** Has a person's notes looked at now: what they are counted by was changed. */
export async function lookAtNotes(tx: Tx, subscriberId: number, now: Instant): Promise<void> {
  await sql`update subscribers set notes_due_at = ${now}::timestamptz
    where id = ${subscriberId} and notes_due_at is not null`.execute(tx);
}

/** Whether a person wants a note now and then when nothing changed. */
export async function setNoNewsNotes(
  tx: Tx,
  subscriberId: number,
  wanted: boolean,
  now: Instant,
): Promise<void> {
  await sql`update subscribers set quiet_notes = ${wanted} where id = ${subscriberId}`.execute(tx);
  await lookAtNotes(tx, subscriberId, now);
}
