import { sql } from 'kysely';
import type { MailKind } from '../../core/digests/mail-kinds.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db } from '../connect.ts';

/** A refusal in the conversation is a failed mail: only a mail that was handed over can come back. */
const wasHandedOver = sql<boolean>`exists (select from deliveries d where d.id = b.delivery_id
  and (d.phase in ('body', 'sent', 'ambiguous') or d.was_ambiguous))`;

/** What became of mails in one stretch of time, in counts. */
export type MailDay = {
  /** Mails that came due: each was promised then, whatever became of it. */
  due: number;
  sent: number;
  /** Mails of which it was not known whether the server took them, now or for a while. */
  doubted: number;
  failed: number;
  /** Reports of mails that came back. */
  returned: number;
};

/** How long a report of a mail that came back is kept, in days; see retention.ts. */
export const returnedKeptDays = 14;

/**
 * Counts mails between each of these instants and the next. Each count is one stretch of an index, whose rows are not
 * looked at. What is of people who were erased is not counted any more.
 */
export async function readMailDays(db: Db, bounds: Instant[]): Promise<MailDay[]> {
  const between = (column: string) => sql`${sql.ref(column)} >= day.since and ${sql.ref(column)} < day.until`;
  const { rows } = await sql<MailDay>`
    select
      (select count(*) from digests where ${between('planned_at')})
        + (select count(*) from deliveries where digest_id is null and ${between('planned_at')}) as due,
      (select count(*) from deliveries where phase = 'sent' and ${between('finished_at')}) as sent,
      (select count(*) from deliveries where was_ambiguous and ${between('body_at')}) as doubted,
      (select count(*) from deliveries where phase = 'failed' and ${between('finished_at')}) as failed,
      (select count(*) from bounces b where ${between('b.bounced_at')} and ${wasHandedOver}) as returned
    from unnest(${bounds.slice(0, -1)}::timestamptz[], ${bounds.slice(1)}::timestamptz[])
      with ordinality as day (since, until, n) order by n`.execute(db);
  return rows;
}

/** Mails that are due and wait, and since when the first of them does. */
export async function readWaitingMails(
  db: Db,
  now: Instant,
): Promise<{ count: number; since: Instant | null }> {
  const { rows } = await sql<{ count: number; since: Instant | null }>`
    select count(*) as count, min(due_at) as since from deliveries
    where phase in ('planned', 'retry') and due_at <= ${now}`.execute(db);
  return rows[0] ?? { count: 0, since: null };
}

/** Mails of one destination that failed or came back. */
export type Destination = {
  domainHash: Buffer | null;
  failed: number;
  returned: number;
  people: number;
  /** The sealed address of one of them; null where they are fewer people than asked for. */
  address: Buffer | null;
};

/** Mails of either kind that are looked through at most, the newest ones. */
const looksThrough = 10_000;

/** Where mails failed or came back since an instant, most first. An address is given where so many people have one there. */
export async function listDestinations(
  db: Db,
  since: Instant,
  peopleAtLeast: number,
): Promise<Destination[]> {
  const { rows } = await sql<Destination>`
    with trouble as (
      (select subscriber_id, true as failed from deliveries where phase = 'failed' and finished_at > ${since}
        order by finished_at desc limit ${looksThrough})
      union all
      (select b.subscriber_id, false from bounces b where b.bounced_at > ${since} and ${wasHandedOver}
        order by b.bounced_at desc limit ${looksThrough})
    )
    select p.domain_hash as "domainHash", count(*) filter (where t.failed) as failed,
      count(*) filter (where not t.failed) as returned, count(distinct p.id) as people,
      case when count(distinct p.id) >= ${peopleAtLeast} then (array_agg(p.address order by p.id))[1] end as address
    from trouble t left join subscribers p on p.id = t.subscriber_id
    group by p.domain_hash order by count(*) desc, p.domain_hash`.execute(db);
  return rows;
}

/** A mail that failed or is in doubt. */
export type TroubledMail = {
  id: number;
  kind: MailKind;
  /** Null for a mail to an admin. */
  subscriberId: number | null;
  phase: 'failed' | 'ambiguous';
  /** It is in doubt, and not tried again. */
  settled: boolean;
  attempts: number;
  reply: string | null;
  at: Instant | null;
};

/** Mails that failed or are in doubt, the ones promised last first; with `before`, those from beneath it. */
export async function listTroubledMails(
  db: Db,
  page: { before: number | null; limit: number },
): Promise<TroubledMail[]> {
  const { rows } = await sql<TroubledMail>`
    select id, kind, subscriber_id as "subscriberId", phase, settled, attempts, reply,
      coalesce(finished_at, body_at) as at
    from deliveries
    where phase in ('ambiguous', 'failed') and ${page.before === null ? sql`true` : sql`id < ${page.before}`}
    order by id desc limit ${page.limit}`.execute(db);
  return rows;
}
