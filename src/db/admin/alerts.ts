import { sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';

/**
 * Records a fault that keeps news or mail from people. Returns whether to mail admins now: at once, then once a day while
 * it lasts.
 */
export async function raiseAlert(db: Db | Tx, name: string, message: string, now: Instant): Promise<boolean> {
  const { rows } = await sql<{ mail: boolean }>`
    insert into alerts as a (name, message, since, mailed_at) values (${name}, ${message}, ${now}, ${now})
    on conflict (name) do update set message = excluded.message, mailed_at = excluded.mailed_at
      where a.mailed_at is null or a.mailed_at <= ${now}::timestamptz - interval '1 day'
    returning true as mail`.execute(db);
  return rows.length === 1;
}

/** The present alerts as last found, the oldest first. */
export async function listAlerts(db: Db): Promise<{ name: string; message: string; since: Instant }[]> {
  return db
    .selectFrom('alerts')
    .select(['name', 'message', 'since'])
    .orderBy('since')
    .orderBy('name')
    .limit(100)
    .execute();
}

/** Records that an alert is over. */
export async function clearAlert(db: Db, name: string): Promise<void> {
  await db.deleteFrom('alerts').where('name', '=', name).execute();
}
