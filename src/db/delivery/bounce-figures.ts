import { sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import type { Db } from '../connect.ts';
import { readReportCounts } from './bounces.ts';

/** Why mail to an address was stopped for good. */
export const suppressionReasons = ['hard-bounce', 'soft-bounces', 'complaint', 'never'] as const;

/** What came back, in counts: nothing of a person. */
export type BounceFigures = {
  /** Messages that came in as reports, ever, by what they were. */
  reports: Record<string, number>;
  /** Addresses that get no mail, by reason. */
  suppressions: Record<string, number>;
  /** Mails of the last 7 days that were handed over, or refused for good. */
  mails: number;
  /** Of these the share that came back, from 0 to 1; null without any mail. */
  shares: Record<'hard' | 'soft' | 'complaint', number | null>;
};

const weekDays = 7;

/** Counts what came back, as of an instant. */
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

/** Addresses stopped for a reason in the last days: refused at once or reported later, each counts once. */
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

/** Mails that were handed over, or refused for good, in the last days. */
export async function countMails(db: Db, now: Instant, days: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from deliveries
    where phase in ('body', 'sent', 'ambiguous', 'failed')
      and coalesce(finished_at, body_at) > ${now}::timestamptz - ${days} * interval '1 day'`.execute(db);
  return rows[0]?.count ?? 0;
}
