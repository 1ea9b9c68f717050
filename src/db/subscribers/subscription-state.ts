import { sql } from 'kysely';
import { type Frequency, nextDueAt } from '../../core/schedule.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';
import { lookAtNotes, startNoNewsClock } from './note-schedule.ts';
import { refreshNextDue } from './subscriptions.ts';

/** How long a stopped subscription can be taken up again where it was, in days; then its row goes. */
export const undoDays = 28;

/** People whose pauses end in one call at most; the next call goes on. */
const resumedAtMost = 1_000;

/** Whose subscriptions are changed, as they stand now. */
export type Chooser = { id: number; timezone: string; hour: number; lastDigestAt: Instant | null };

/**
 * Locks a person for the transaction, so that no digest of theirs is planned meanwhile. Null when there is none, or when
 * the generation of the links that were derived for them is another one.
 */
export async function lockChooser(
  tx: Tx,
  subscriberId: number,
  linkGeneration: number | null = null,
): Promise<Chooser | null> {
  const { rows } = await sql<Chooser>`
    select id, timezone, hour, last_digest_at as "lastDigestAt" from subscribers
    where id = ${subscriberId} and link_generation = coalesce(${linkGeneration}::int, link_generation)
    for update`.execute(tx);
  return rows[0] ?? null;
}

/** Who pauses or stops: what readers did, no admin undoes. */
export type Halter = 'reader' | 'admin';

/** Which of a person's subscriptions: some, or all. */
export type Which = readonly number[] | 'all';

const chosen = (which: Which) => (which === 'all' ? sql`true` : sql`id = any(${[...which]}::bigint[])`);

/**
 * Stops subscriptions. What was never confirmed goes with them when all are stopped. Nothing that waits to be mailed for
 * them goes out any more, and it is told after all when the stop is undone. What an admin stopped and its reader stops
 * again is the reader's. Returns how many were stopped.
 */
export async function stopSubscriptions(
  tx: Tx,
  person: Chooser,
  which: Which,
  now: Instant,
  by: Halter = 'reader',
): Promise<number> {
  await takeBack(tx, person.id, which);
  if (by === 'reader')
    await sql`update subscriptions set halted_by = 'reader'
      where subscriber_id = ${person.id} and state = 'ended' and halted_by = 'admin' and ${chosen(which)}`.execute(
      tx,
    );
  const { numAffectedRows = 0n } = await sql`
    update subscriptions set state_before = state, state = 'ended', ended_at = ${now}, halted_by = ${by}
    where subscriber_id = ${person.id} and state in ('active', 'paused') and ${chosen(which)}`.execute(tx);
  const pending = await sql`
    delete from subscriptions where subscriber_id = ${person.id} and state = 'pending' and ${chosen(which)}`.execute(
    tx,
  );
  await refreshNextDue(tx, [person.id]);
  return Number(numAffectedRows + (pending.numAffectedRows ?? 0n));
}

/**
 * Pauses subscriptions until an instant, or until they are resumed. Their cursors stay. `neverShorter`: a pause that lasts
 * longer stays as it is.
 */
export async function pauseSubscriptions(
  tx: Tx,
  person: Chooser,
  which: Which,
  until: Instant | null,
  { neverShorter = false, by = 'reader' }: { neverShorter?: boolean; by?: Halter } = {},
): Promise<number> {
  await takeBack(tx, person.id, which);
  const { numAffectedRows = 0n } = await sql`
    update subscriptions set state = 'paused', halted_by = ${by}, paused_until = case
      when ${neverShorter} and state = 'paused' and paused_until is null then null
      when ${neverShorter} and state = 'paused' then greatest(paused_until, ${until}::timestamptz)
      else ${until}::timestamptz end
    where subscriber_id = ${person.id} and state in ('active', 'paused') and ${chosen(which)}`.execute(tx);
  await refreshNextDue(tx, [person.id]);
  return Number(numAffectedRows);
}

/** Lets paused subscriptions go on: the next mail tells, net, what changed meanwhile. */
export async function resumeSubscriptions(
  tx: Tx,
  person: Chooser,
  which: Which,
  now: Instant,
): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    update subscriptions set state = 'active', paused_until = null
    where subscriber_id = ${person.id} and state = 'paused' and ${chosen(which)} returning id`.execute(tx);
  await schedule(
    tx,
    person,
    rows.map(({ id }) => id),
    now,
  );
  if (rows.length > 0) await startNoNewsClock(tx, [person.id], now);
  return rows.length;
}

/**
 * Takes up again what was stopped at most 28 days ago, as it was: `stoppedAt` limits it to what was stopped then. What is
 * followed anew meanwhile stays as it is.
 */
export async function undoStop(
  tx: Tx,
  person: Chooser,
  which: Which | { stoppedAt: Instant },
  now: Instant,
): Promise<number> {
  const those =
    typeof which === 'object' && 'stoppedAt' in which ? sql`ended_at = ${which.stoppedAt}` : chosen(which);
  const { rows } = await sql<{ id: number }>`
    update subscriptions e set state = coalesce(state_before, 'active'), state_before = null, ended_at = null,
      halted_by = 'reader'
    where subscriber_id = ${person.id} and state = 'ended' and ${those}
      and ended_at > ${now}::timestamptz - ${undoDays} * interval '1 day'
      and not exists (select from subscriptions s where s.subscriber_id = e.subscriber_id and s.state <> 'ended'
        and s.topics @> e.topics and s.topics <@ e.topics and s.filters = e.filters)
    returning id`.execute(tx);
  await schedule(
    tx,
    person,
    rows.map(({ id }) => id),
    now,
  );
  if (rows.length > 0) await startNoNewsClock(tx, [person.id], now);
  return rows.length;
}

/** How often subscriptions bring mail, from now on. `weekday` 1 is Monday; null keeps the one it has. */
export async function changeFrequency(
  tx: Tx,
  person: Chooser,
  which: Which,
  wanted: { frequency: Frequency; weekday: number | null },
  now: Instant,
): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    update subscriptions set frequency = ${wanted.frequency}, weekday = coalesce(${wanted.weekday}::smallint, weekday)
    where subscriber_id = ${person.id} and state in ('active', 'paused') and ${chosen(which)} returning id`.execute(
    tx,
  );
  await schedule(
    tx,
    person,
    rows.map(({ id }) => id),
    now,
  );
  return rows.length;
}

/** The hour and zone of a person's mails; the next one comes at least 12 hours after the last (D7). */
export async function changeClock(
  tx: Tx,
  person: Chooser,
  clock: { hour: number; timezone: string },
  now: Instant,
): Promise<void> {
  await sql`update subscribers set hour = ${clock.hour}, timezone = ${clock.timezone} where id = ${person.id}`.execute(
    tx,
  );
  const { rows } = await sql<{ id: number }>`
    select id from subscriptions where subscriber_id = ${person.id} and (frequency <> 'immediate' or next_due_at is not null)`.execute(
    tx,
  );
  const ids = rows.map(({ id }) => id);
  await schedule(tx, { ...person, ...clock }, ids, now, person.lastDigestAt);
  await lookAtNotes(tx, person.id, now);
}

/** Lets pauses end whose date has come, a person at a time. Returns how many subscriptions go on. */
export async function resumePaused(db: Db, now: Instant): Promise<number> {
  const { rows } = await sql<{ subscriberId: number }>`
    select distinct subscriber_id as "subscriberId" from subscriptions
    where state = 'paused' and paused_until <= ${now} order by 1 limit ${resumedAtMost}`.execute(db);
  let count = 0;
  for (const { subscriberId } of rows) {
    count += await db.transaction().execute((tx) => endPauses(tx, subscriberId, now));
  }
  return count;
}

/** Lets a person's pauses end whose date has come. Returns how many subscriptions go on. */
export async function endPauses(tx: Tx, subscriberId: number, now: Instant): Promise<number> {
  const person = await lockChooser(tx, subscriberId);
  // Looked at under the lock: the date may have been moved meanwhile.
  const { rows } = await sql<{ id: number }>`select id from subscriptions
    where subscriber_id = ${subscriberId} and state = 'paused' and paused_until <= ${now}`.execute(tx);
  const ids = rows.map(({ id }) => id);
  return person ? resumeSubscriptions(tx, person, ids, now) : 0;
}

/** Sets anew when subscriptions are due; an immediate one at once, for there may be something to tell. */
async function schedule(
  tx: Tx,
  person: Chooser,
  ids: number[],
  now: Instant,
  lastSentAt: Instant | null = null,
): Promise<void> {
  const { rows } = await sql<{ id: number; frequency: Frequency; weekday: number }>`
    select id, frequency, weekday from subscriptions where id = any(${ids}::bigint[])`.execute(tx);
  const dueAts = rows.map(({ frequency, weekday }) =>
    frequency === 'immediate'
      ? now
      : nextDueAt({
          frequency,
          weekday,
          hour: person.hour,
          timezone: person.timezone,
          after: now,
          lastSentAt,
        }),
  );
  await sql`update subscriptions s set next_due_at = d.due_at::timestamptz
    from unnest(${rows.map(({ id }) => id)}::bigint[], ${dueAts}::text[]) as d (id, due_at) where d.id = s.id`.execute(
    tx,
  );
  await refreshNextDue(tx, [person.id]);
}

/**
 * Takes digests back that were promised and are not out: a claim is overtaken, so that its sender's UPDATE to `body`
 * misses even when it began before this commit (E5); and cursors go back before what was not mailed, so that nothing is
 * lost when the subscriptions go on.
 */
async function takeBack(tx: Tx, subscriberId: number, which: Which): Promise<void> {
  const owed = sql`d.subscriber_id = ${subscriberId} and d.kind = 'digest'
    and d.phase in ('planned', 'claimed', 'retry') and not d.was_ambiguous`;
  // Those not claimed are touched as well: nobody can claim them before the commit then.
  await sql`update deliveries d set fence = fence + 1, lease_until = null,
      phase = case phase when 'claimed' then 'planned' else phase end,
      attempts = case phase when 'claimed' then greatest(attempts - 1, 0) else attempts end
    where d.subscriber_id = ${subscriberId} and d.phase in ('planned', 'claimed', 'retry')`.execute(tx);
  await sql`
    update subscriptions s set position = least(s.position, (
      select min(c.position) - 1 from deliveries d join digest_items i on i.digest_id = d.digest_id
      join changes c on c.id = i.change_id where ${owed} and c.topics && s.topics))
    where s.subscriber_id = ${subscriberId} and s.position is not null and s.state in ('active', 'paused')
      and ${chosen(which)}`.execute(tx);
}
