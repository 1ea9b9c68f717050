import { sql } from 'kysely';
import type { MailKind } from '../../core/digests/mail-kinds.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db } from '../connect.ts';

/** A refusal in the conversation is a failed mail: only a mail that was handed over can come back. */
const wasHandedOver = sql<boolean>`exists (select from deliveries d where d.id = b.delivery_id
  and (d.phase in ('body', 'sent', 'ambiguous') or d.was_ambiguous))`;

/** The outcomes of mails in one period, in counts. */
export type MailDay = {
  /** Mails that became due, whatever their outcome. */
  due: number;
  sent: number;
  /** Mails whose outcome was unknown, now or for a while. */
  doubted: number;
  failed: number;
  /** Reports of returned mails. */
  returned: number;
};

/** How long a report of a returned mail is kept, in days; see retention.ts. */
export const bounceRetentionDays = 14;

/**
 * Counts mails between each of these instants and the next. Each count scans one range of an index, without
 * reading its rows. Mails of erased people are no longer counted.
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

/** Due mails that wait, and since when the first one does. */
export async function readWaitingMails(
  db: Db,
  now: Instant,
): Promise<{ count: number; since: Instant | null }> {
  const { rows } = await sql<{ count: number; since: Instant | null }>`
    select count(*) as count, min(due_at) as since from deliveries
    where phase in ('planned', 'retry') and due_at <= ${now}`.execute(db);
  return rows[0] ?? { count: 0, since: null };
}

/** Mails to one destination that failed or came back. */
export type Destination = {
  domainHash: Buffer | null;
  failed: number;
  returned: number;
  people: number;
  /** The encrypted address of one of them; null if they belong to too few people. */
  address: Buffer | null;
};

/** The maximum number of mails of either kind that are examined, newest first. */
const looksThrough = 10_000;

/**
 * The destinations where mails failed or came back since an instant, most first. Includes an address if
 * enough people have one there.
 */
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

/** A mail that failed or whose outcome is unknown. */
export type TroubledMail = {
  id: number;
  kind: MailKind;
  /** Null for a mail to an admin. */
  subscriberId: number | null;
  phase: 'failed' | 'ambiguous';
  /** Its outcome is unknown, and there will be no further attempt. */
  settled: boolean;
  attempts: number;
  reply: string | null;
  at: Instant | null;
};

/** Mails that failed or whose outcome is unknown, newest plan first; after `before`. */
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
