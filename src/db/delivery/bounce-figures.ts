import { sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import type { Db } from '../connect.ts';
import { readReportCounts } from './bounces.ts';

/** Why mail to an address was stopped permanently. */
export const suppressionReasons = ['hard-bounce', 'soft-bounces', 'complaint', 'never'] as const;

/** Figures about returned mail, without any person. */
export type BounceFigures = {
  /** All messages that arrived as reports, by kind. */
  reports: Record<string, number>;
  /** Suppressed addresses by reason. */
  suppressions: Record<string, number>;
  /** Mails of the last 7 days that were handed over or finally refused. */
  mails: number;
  /** The share of these that came back, from 0 to 1; null without any mail. */
  shares: Record<'hard' | 'soft' | 'complaint', number | null>;
};

const weekDays = 7;

/** Counts returned mail as of an instant. */
export async function readBounceFigures(db: Db, now: Instant): Promise<BounceFigures> {
  const { rows: stopped } = await sql<{ reason: string; count: number }>`
    select reason, count(*) as count from suppressions group by reason`.execute(db);
  const mails = await countMails(db, now, weekDays);
  const share = (count: number) => (mails === 0 ? null : count / mails);
  const { rows: soft } = await sql<{ count: number }>`select count(*) as count from bounces
    where kind = 'soft' and bounced_at > ${now}::timestamptz - ${weekDays} * interval '1 day'`.execute(db);
  return {
    reports: await readReportCounts(db),
    suppressions: Object.fromEntries(stopped.map(({ reason, count }) => [reason, count])),
    mails,
    shares: {
      hard: share(await countStopped(db, 'hard-bounce', now, weekDays)),
      soft: share(soft[0]?.count ?? 0),
      complaint: share(await countStopped(db, 'complaint', now, weekDays)),
    },
  };
}

/** Addresses stopped for a reason in the last days, refused at once or reported later; each counts once. */
export async function countStopped(
  db: Db,
  reason: (typeof suppressionReasons)[number],
  now: Instant,
  days: number,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from suppressions
    where reason = ${reason} and since > ${now}::timestamptz - ${days} * interval '1 day'`.execute(db);
  return rows[0]?.count ?? 0;
}

/** The number of mails in the last days that were handed over or finally refused. */
export async function countMails(db: Db, now: Instant, days: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from deliveries
    where phase in ('body', 'sent', 'ambiguous', 'failed')
      and coalesce(finished_at, body_at) > ${now}::timestamptz - ${days} * interval '1 day'`.execute(db);
  return rows[0]?.count ?? 0;
}
