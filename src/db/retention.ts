import { sql } from 'kysely';
import type { Instant } from '../core/trial.ts';
import type { Db } from './connect.ts';

/** Deletes what has outlived its purpose: unconfirmed sign-ups after 7 days, used or old tokens, leases and rates long gone, alerts no longer raised. */
export async function expireRows(db: Db, now: Instant): Promise<void> {
  await sql`delete from subscriptions where state = 'pending' and created_at < ${now}::timestamptz - interval '7 days'`.execute(
    db,
  );
  await sql`delete from subscribers p where created_at < ${now}::timestamptz - interval '7 days'
    and not exists (select from subscriptions s where s.subscriber_id = p.id)`.execute(db);
  await sql`delete from tokens where expires_at < ${now}::timestamptz`.execute(db);
  await sql`delete from leases where expires_at < clock_timestamp() - interval '1 day' and name like 'tick:%'`.execute(
    db,
  );
  await sql`delete from domain_rates
    where greatest(busy_until, line_until) < clock_timestamp() - interval '1 day'`.execute(db);
  // One that still held would have been mailed again after a day.
  await sql`delete from alerts where mailed_at < ${now}::timestamptz - interval '2 days'`.execute(db);
}
