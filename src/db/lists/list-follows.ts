import { sql, type UpdateObject } from 'kysely';
import { consentsToReports } from '../../core/lists/list-report.ts';
import type { Frequency } from '../../core/schedule.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';
import type { Database } from '../schema.ts';

/** The consent with which a list is followed (P4). */
export type ListConsent = { wordingVersion: string; wordingHash: string; way: string; minAge: number };

/**
 * Asks for a list to be followed, once it is confirmed. What waits already gets the latest frequency; what is followed
 * stays as it is. Returns whether it waits for its confirmation.
 */
export async function askForListFollow(
  tx: Tx,
  wanted: { listId: number; subscriberId: number; frequency: Frequency | null; now: Instant },
): Promise<boolean> {
  const { rows } = await sql<{ isPending: boolean }>`
    insert into list_follows as f (list_id, subscriber_id, frequency, created_at)
    select id, ${wanted.subscriberId}::bigint, ${wanted.frequency}::text, ${wanted.now}::timestamptz from lists
    where id = ${wanted.listId} and ended_at is null
    on conflict (list_id, subscriber_id) where ended_at is null do update
    set frequency = case when f.confirmed_at is null then excluded.frequency else f.frequency end,
      created_at = case when f.confirmed_at is null then excluded.created_at else f.created_at end
    returning confirmed_at is null as "isPending"`.execute(tx);
  return rows[0]?.isPending ?? false;
}

/** A list that waits for its reader's confirmation. */
export type PendingList = {
  id: number;
  name: string;
  organization: string;
  revision: number;
  frequency: Frequency | null;
  trials: number;
  conditions: number;
};

/** The lists that wait for a person's confirmation, in the order in which they were asked for. */
export async function listPendingLists(db: Db | Tx, subscriberId: number): Promise<PendingList[]> {
  const { rows } = await sql<PendingList>`
    select l.id, l.name, l.organization, l.revision, f.frequency,
      (select count(*)::int from list_entries e where e.list_id = l.id and e.removed_in is null and e.kind = 'trial')
        as trials,
      (select count(*)::int from list_entries e where e.list_id = l.id and e.removed_in is null and e.kind = 'condition')
        as conditions
    from list_follows f join lists l on l.id = f.list_id
    where f.subscriber_id = ${subscriberId} and f.confirmed_at is null and f.ended_at is null and l.ended_at is null
    order by f.id`.execute(db);
  return rows;
}

/** Confirms the lists that a person asked for, or only one of them, as they are now. Returns their ids. */
export async function confirmLists(
  tx: Tx,
  subscriberId: number,
  consent: ListConsent,
  now: Instant,
  only: number | null = null,
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    update list_follows f set confirmed_at = ${now}, wording_version = ${consent.wordingVersion},
      wording_hash = ${consent.wordingHash}, way = ${consent.way}, min_age = ${consent.minAge},
      wants_reports = ${consentsToReports.includes(consent.wordingVersion)}, told_in = l.revision
    from lists l
    where l.id = f.list_id and l.ended_at is null and f.subscriber_id = ${subscriberId} and f.confirmed_at is null
      and f.ended_at is null and (${only}::bigint is null or l.id = ${only}::bigint)
    returning l.id`.execute(tx);
  return rows.map(({ id }) => id);
}

/** A list that a person follows. Its address is null if it is private. */
export type FollowedList = {
  id: number;
  listId: number;
  name: string;
  organization: string;
  slug: string | null;
  confirmedAt: Instant;
  wantsReports: boolean;
};

/** The lists that a person follows, oldest first. */
export async function listFollowedLists(db: Db | Tx, subscriberId: number): Promise<FollowedList[]> {
  const { rows } = await sql<FollowedList>`
    select f.id, l.id as "listId", l.name, l.organization, l.slug, f.confirmed_at as "confirmedAt",
      f.wants_reports as "wantsReports"
    from list_follows f join lists l on l.id = f.list_id and l.ended_at is null
    where f.subscriber_id = ${subscriberId} and f.confirmed_at is not null and f.ended_at is null
    order by f.id`.execute(db);
  return rows;
}

/**
 * Ends what a person follows by lists: everything, or the lists whose last subscription ended at this instant. What
 * waits for a confirmation goes with everything.
 */
export async function endListFollows(
  tx: Tx,
  subscriberId: number,
  which: 'all' | 'emptied',
  now: Instant,
): Promise<void> {
  const isEmptied = sql`
    exists (select from subscriptions s where s.list_follow_id = f.id and s.state = 'ended' and s.ended_at = ${now})
    and not exists (select from subscriptions s where s.list_follow_id = f.id and s.state in ('active', 'paused'))`;
  await sql`
    update list_follows f set ended_at = ${now}
    where f.subscriber_id = ${subscriberId} and f.ended_at is null and f.confirmed_at is not null
      and (${which === 'all'} or (${isEmptied}))`.execute(tx);
  if (which === 'all')
    await sql`delete from list_follows where subscriber_id = ${subscriberId} and confirmed_at is null`.execute(
      tx,
    );
}

/** Changes one list that a person follows; false if they do not. */
async function changeFollow(
  tx: Tx,
  subscriberId: number,
  id: number,
  to: UpdateObject<Database, 'list_follows'>,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('list_follows')
    .set(to)
    .where('id', '=', id)
    .where('subscriber_id', '=', subscriberId)
    .where('confirmed_at', 'is not', null)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Ends one list that a person follows; false if they do not. */
export function endListFollow(tx: Tx, subscriberId: number, id: number, now: Instant): Promise<boolean> {
  return changeFollow(tx, subscriberId, id, { ended_at: now });
}

/**
 * Agrees to reports of a followed list, with the consent to the list given anew, or turns them off (`consent` null).
 * False if the person does not follow it.
 */
export function setReports(
  tx: Tx,
  subscriberId: number,
  id: number,
  consent: ListConsent | null,
  now: Instant,
): Promise<boolean> {
  const given = consent && {
    wording_version: consent.wordingVersion,
    wording_hash: consent.wordingHash,
    way: consent.way,
    min_age: consent.minAge,
    confirmed_at: now,
  };
  const wants = consent !== null && consentsToReports.includes(consent.wordingVersion);
  return changeFollow(tx, subscriberId, id, { ...given, wants_reports: wants });
}

/** Takes up again the lists of restored subscriptions, unless their reader follows them anew. */
export async function restoreListFollows(tx: Tx, subscriptionIds: readonly number[]): Promise<void> {
  await sql`
    update list_follows f set ended_at = null
    where f.ended_at is not null
      and f.id in (
        select max(o.id) from list_follows o join subscriptions s on s.list_follow_id = o.id
        where s.id = any(${[...subscriptionIds]}::bigint[]) group by o.list_id)
      and exists (select from lists l where l.id = f.list_id and l.ended_at is null)
      and not exists (select from list_follows o where o.list_id = f.list_id and o.subscriber_id = f.subscriber_id
        and o.ended_at is null)`.execute(tx);
}

/** The living subscriptions that a followed list brought. */
export async function listBroughtBy(tx: Tx, followId: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from subscriptions where list_follow_id = ${followId} and state in ('active', 'paused')`.execute(
    tx,
  );
  return rows.map(({ id }) => id);
}
