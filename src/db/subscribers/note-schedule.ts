import { sql } from 'kysely';
import type { NoteKind } from '../../core/digests/mail-kinds.ts';
import type { NoteClock } from '../../core/digests/notes.ts';
import type { Instant } from '../../core/trial.ts';
import { planOnce, type Tx } from '../connect.ts';
import { editsToTell, editsWaitUntil, type ListEdits, markTold } from '../lists/list-edits.ts';
import { asksForFacet, hasConsent } from './subscription-conditions.ts';

/** A person whose notes are considered, in the present state. */
export type NotePerson = NoteClock & {
  id: number;
  noNewsNotes: boolean;
  /** Has a watched subscription that is neither paused nor stopped. */
  isServed: boolean;
  /** A change for this person waits for their next mail. */
  isOwed: boolean;
  /** The confirmed subscriptions without a welcome yet, and whether all of them are watched. */
  welcomeIds: number[];
  isWelcomeReady: boolean;
  welcomeSince: Instant | null;
  /** Edits of followed lists that the person was not told of. */
  listEdits: ListEdits[];
  /** When others may be told, of lists that a note was about within a week. */
  listEditsAt: Instant | null;
};

/** Whether a change waits for the next mail to the person `p`. */
const isOwed = sql<boolean>`exists (
  select from subscriptions s cross join lateral unnest(s.topics) as t (topic)
  join topic_changes tc on tc.topic = t.topic and tc.position > s.position
  join changes c on c.position = tc.position and ${asksForFacet}
  where s.subscriber_id = p.id and s.state = 'active' and not exists (
    select from digest_items i where i.subscriber_id = p.id and i.change_id = c.id))`;

/** Takes a batch of people whose notes are to be considered; skips those that another planner holds. */
export async function takeNotePeople(tx: Tx, now: Instant, limit: number): Promise<NotePerson[]> {
  const { rows } = await sql<NotePerson>`${planOnce}
    with taken as (
      select * from subscribers where notes_due_at <= ${now}
      order by notes_due_at, id limit ${limit} for update skip locked
    )
    select p.id, p.hour, p.timezone, p.no_news_since as "noNewsSince", p.last_digest_at as "lastDigestAt",
      p.no_news_note_at as "noNewsNoteAt", p.yearly_from as "yearlyFrom", p.no_news_notes as "noNewsNotes",
      coalesce(p.next_due_at <= ${now}, false) or ${isOwed} as "isOwed",
      a.served as "isServed", a.ids as "welcomeIds", a.ready as "isWelcomeReady", a.since as "welcomeSince",
      ${editsToTell(now)} as "listEdits", ${editsWaitUntil(now)} as "listEditsAt"
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

/** The result for a person: the note to mail now, if any, and when to check again. */
export type NotePlan = {
  id: number;
  kind: NoteKind | null;
  params: Buffer | null;
  lookAt: Instant | null;
  /** The edits that a note about lists tells. */
  listEdits?: ListEdits[];
};

/**
 * Writes the promise: the deliveries, the instants from which silence and years count anew, and when to check again.
 * Returns the deliveries' ids.
 */
export async function writeNotes(tx: Tx, plans: NotePlan[], now: Instant): Promise<number[]> {
  const kinds = plans.map(({ kind }) => kind);
  const ids = plans.map(({ id }) => id);
  const lookAts = plans.map(({ lookAt }) => lookAt);
  await sql`
    update subscribers p set notes_due_at = n.look_at::timestamptz,
      no_news_since = case when n.kind in ('welcome', 'yearly') then ${now}::timestamptz else no_news_since end,
      no_news_note_at = case when n.kind = 'no-news' then ${now}::timestamptz else no_news_note_at end,
      yearly_from = case when n.kind = 'yearly' then ${now}::timestamptz else yearly_from end
    from unnest(${ids}::bigint[], ${kinds}::text[], ${lookAts}::text[]) as n (id, kind, look_at)
    where p.id = n.id`.execute(tx);
  const welcomed = plans.filter(({ kind }) => kind === 'welcome').map(({ id }) => id);
  await sql`update subscriptions set welcome_due = false
    where welcome_due and subscriber_id = any(${welcomed}::bigint[])`.execute(tx);
  await markTold(
    tx,
    plans.flatMap(({ listEdits = [] }) => listEdits),
    now,
  );
  const mailed = plans.filter(({ kind }) => kind !== null);
  // As with digests, the date, and with it the Message-ID, is that of the promise.
  const { rows } = await sql<{ id: number }>`
    insert into deliveries (kind, subscriber_id, params, due_at, planned_at, message_date)
    select n.kind, n.id, n.params, ${now}::timestamptz, ${now}::timestamptz, ${now}::timestamptz
    from unnest(${mailed.map(({ kind }) => kind)}::text[], ${mailed.map(({ id }) => id)}::bigint[],
      ${mailed.map(({ params }) => params)}::bytea[]) as n (kind, id, params)
    returning id`.execute(tx);
  return rows.map(({ id }) => id);
}

/**
 * Counts silence anew for these people, because they follow something new or resumed something. Their years count
 * from the first time.
 */
export async function startNoNewsClock(tx: Tx, subscriberIds: number[], now: Instant): Promise<void> {
  await lockPeople(tx, subscriberIds);
  await sql`update subscribers set no_news_since = ${now}::timestamptz, notes_due_at = ${now}::timestamptz,
      yearly_from = coalesce(yearly_from, ${now}::timestamptz)
    where id = any(${subscriberIds}::bigint[])`.execute(tx);
}

/** Locks people in the order that all transactions use, before writing their subscriptions. */
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

/**
 * Schedules the welcome of a person who confirmed: once the subscriptions are watched, or soon. Their years
 * count from the first time.
 */
export async function awaitWelcome(tx: Tx, subscriberId: number, now: Instant): Promise<void> {
  await sql`update subscribers set notes_due_at = ${now}::timestamptz,
      yearly_from = coalesce(yearly_from, ${now}::timestamptz)
    where id = ${subscriberId}`.execute(tx);
}

/** Schedules an immediate check of a person's notes, because the basis of their dates changed. */
export async function lookAtNotes(tx: Tx, subscriberId: number, now: Instant): Promise<void> {
  await sql`update subscribers set notes_due_at = ${now}::timestamptz
    where id = ${subscriberId} and notes_due_at is not null`.execute(tx);
}

/** Sets whether a person wants a note from time to time if nothing changed. */
export async function setNoNewsNotes(
  tx: Tx,
  subscriberId: number,
  wanted: boolean,
  now: Instant,
): Promise<void> {
  await sql`update subscribers set no_news_notes = ${wanted} where id = ${subscriberId}`.execute(tx);
  await lookAtNotes(tx, subscriberId, now);
}
