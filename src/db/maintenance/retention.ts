import { type RawBuilder, sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import { digestRetentionDays } from '../../core/why/facts.ts';
import type { Db, Tx } from '../connect.ts';
import { readSetting, writeSetting } from '../settings.ts';
import { expireRefusedMails } from '../subscribers/refused-mails.ts';

/** The maximum number of rows of each kind per call: a sweep stays short, however many have accumulated. */
const atMost = 1_000;
const byDatabaseClock = ['leases', 'domain_rates'];
/** A sweep that is this far behind will not catch up, in milliseconds. */
const overstayedMs = 3 * 86_400_000;
/** The number of people whose reported changes one call examines, in turn. */
const peopleAtMost = 200;

const owed = sql`('planned', 'claimed', 'body', 'retry')`;

/**
 * The rows to delete, and when, by the injected clock; rows for leases and rates, by the database's clock.
 * Digests and their mails are kept for 90 days, as are their pages; other mails for 30 days from their end.
 * Pending work is kept whatever its age. Trials, their versions, runs and changes are public and are kept;
 * suppressions and consents as long as their subject; admins' acts, which name only admins, forever.
 */
function overdue(now: Instant): { table: string; which: RawBuilder<unknown> }[] {
  const before = (days: number) => sql`${now}::timestamptz - ${days} * interval '1 day'`;
  return [
    { table: 'tokens', which: sql`expires_at < ${now}` },
    { table: 'admin_tokens', which: sql`expires_at < ${now}` },
    {
      table: 'digests',
      which: sql`planned_at < ${before(digestRetentionDays)}
        and not exists (select from deliveries d where d.digest_id = victim.id and d.phase in ${owed})`,
    },
    {
      // A digest is planned within an hour of its content, so those that have one are older than their last day.
      table: 'digest_contents',
      which: sql`made_at < ${before(digestRetentionDays + 1)} and not exists (
        select from digests g where g.planned_at < ${before(digestRetentionDays)} 
          and (g.content_id = victim.id or g.parts -> 'of' @> jsonb_build_array(jsonb_build_object('content', victim.id))))`,
    },
    {
      table: 'deliveries',
      which: sql`digest_id is null and phase not in ${owed} and coalesce(finished_at, body_at) < ${before(30)}`,
    },
    { table: 'bounces', which: sql`bounced_at < ${before(digestRetentionDays)}` },
    { table: 'bulk_jobs', which: sql`expires_at < ${now}` },
    { table: 'requests', which: sql`created_at < ${before(7)}` },
    { table: 'lists', which: sql`ended_at < ${before(digestRetentionDays)}` },
    {
      table: 'list_follows',
      which: sql`(confirmed_at is null and created_at < ${before(7)}) or ended_at < ${before(28)}`,
    },
    {
      table: 'list_reports',
      which: sql`coalesce(promised_at, cancelled_at) < ${before(30)}
        and not exists (select from deliveries d where d.list_report_id = victim.id and d.phase in ${owed})`,
    },
    { table: 'list_entries', which: sql`removed_at < ${before(digestRetentionDays)}` },
    { table: 'rate_limits', which: sql`last_at < ${before(30)}` },
    { table: 'quarantine', which: sql`recovered_at < ${before(30)}` },
    { table: 'lifted_suppressions', which: sql`lifted_at < ${before(365)}` },
    { table: 'webhook_deliveries', which: sql`finished_at < ${before(30)}` },
    { table: 'webhooks', which: sql`ended_at < ${before(30)}` },
    { table: 'api_keys', which: sql`ended_at < ${before(30)}` },
    { table: 'match_audits', which: sql`audited_at < ${before(90)}` },
    // A lasting alert would have been mailed again after a day.
    { table: 'alerts', which: sql`mailed_at < ${before(2)}` },
    // Circuits of mail servers that are no longer used: one in use is probed.
    {
      table: 'smtp_circuits',
      which: sql`greatest(paused_until, since, recovered_at) < ${before(30)}`,
    },
    {
      table: 'leases',
      which: sql`expires_at < clock_timestamp() - interval '1 day' and name like 'tick:%'`,
    },
    {
      table: 'domain_rates',
      which: sql`greatest(busy_until, queue_until) < clock_timestamp() - interval '1 day'`,
    },
  ];
}

/**
 * Deletes expired rows, a batch of each kind. The next call continues, beginning with the kind at which
 * `isOver` ended this one.
 */
export async function expireRows(db: Db, now: Instant, isOver = () => false): Promise<void> {
  const steps = [
    () => expireRefusedMails(db, now),
    () => db.transaction().execute((tx) => expireSubscriptions(tx, now)),
    ...overdue(now).map(
      ({ table, which }) =>
        () =>
          expireKind(db, table, which),
    ),
    () => db.transaction().execute((tx) => expireInTurn(tx, now)),
  ];
  const setting = 'retention-step';
  const first = Number((await readSetting(db, setting)) ?? 0);
  let done = 0;
  for (; done < steps.length && !isOver(); done += 1) await steps[(first + done) % steps.length]?.();
  if (done < steps.length) await writeSetting(db, setting, String((first + done) % steps.length));
}

async function expireKind(db: Db, table: string, which: RawBuilder<unknown>): Promise<void> {
  const name = sql.table(table);
  await sql`delete from ${name} where ctid = any(array(
    select victim.ctid from ${name} victim where ${which} limit ${atMost} for update skip locked))`.execute(
    db,
  );
}

/**
 * The kinds of rows that exist long after their last day, which means that nothing sweeps. Ignores
 * subscriptions and reported changes.
 */
export async function listOverstayed(db: Db, now: Instant): Promise<string[]> {
  const longAgo = new Date(Date.parse(now) - overstayedMs).toISOString();
  const found: string[] = [];
  for (const { table, which } of overdue(longAgo)) {
    if (byDatabaseClock.includes(table)) continue;
    const { rows } = await sql`select from ${sql.table(table)} victim where ${which} limit 1`.execute(db);
    if (rows.length > 0) found.push(table);
  }
  return found;
}

/** Deletes unconfirmed sign-ups, and stops that can no longer be undone; with the last one, the person. */
async function expireSubscriptions(tx: Tx, now: Instant): Promise<void> {
  const people = new Set<number>();
  for (const which of [
    sql`state = 'pending' and created_at < ${now}::timestamptz - interval '7 days'`,
    sql`state = 'ended' and ended_at < ${now}::timestamptz - interval '28 days'`,
  ]) {
    const { rows } = await sql<{ id: number }>`delete from subscriptions where id = any(array(
        select id from subscriptions where ${which} limit ${atMost} for update skip locked))
      returning subscriber_id as id`.execute(tx);
    for (const { id } of rows) people.add(id);
  }
  await expirePeople(tx, [...people], now);
}

async function expirePeople(tx: Tx, ids: number[], now: Instant): Promise<void> {
  await sql`delete from subscribers p where id = any(${ids}::bigint[])
    and created_at < ${now}::timestamptz - interval '7 days'
    and not exists (select from subscriptions s where s.subscriber_id = p.id)
    and not exists (select from lists l where l.subscriber_id = p.id and l.ended_at is null)
    and not exists (select from list_follows f where f.subscriber_id = p.id and f.ended_at is null)`.execute(
    tx,
  );
}

/**
 * Goes through people in turn, some per call: deletes those without subscriptions, and records of old reported
 * changes. Such a record matters while its digest exists, and until all the person's subscriptions, paused
 * ones included, have passed the change.
 */
async function expireInTurn(tx: Tx, now: Instant): Promise<void> {
  const setting = 'retention-subscriber';
  const from = Number((await readSetting(tx, setting)) ?? 0);
  const { rows } = await sql<{ id: number }>`
    select id from subscribers where id > ${from} order by id limit ${peopleAtMost}`.execute(tx);
  await writeSetting(tx, setting, String(rows.length < peopleAtMost ? 0 : rows.at(-1)?.id));
  const ids = rows.map(({ id }) => id);
  await expirePeople(tx, ids, now);
  await sql`
    delete from digest_items i using changes c
    where i.subscriber_id = any(${ids}::bigint[]) and c.id = i.change_id
      and c.released_at < ${now}::timestamptz - ${digestRetentionDays} * interval '1 day'
      and not exists (select from digests g where g.id = i.digest_id)
      and not exists (select from subscriptions s where s.subscriber_id = i.subscriber_id and s.position < c.position)`.execute(
    tx,
  );
}
