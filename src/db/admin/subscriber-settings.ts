import { sql } from 'kysely';
import type { SubjectStyle } from '../../core/subscriptions/subject-styles.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';

/** A person's settings. The address is encrypted. */
export type Settings = {
  id: number;
  address: Buffer;
  language: string;
  timezone: string;
  hour: number;
  subject: SubjectStyle;
  /** The most digests in 7 days; null without a limit. */
  weeklyCap: number | null;
  feedGeneration: number;
  /** Wants a note from time to time if nothing changed. */
  noNewsNotes: boolean;
  createdAt: Instant;
};

/** A person's settings; null if there is no such person. */
export async function readSettings(db: Db | Tx, subscriberId: number): Promise<Settings | null> {
  const { rows } = await sql<Settings>`
    select id, address, language, timezone, hour, subject, weekly_cap as "weeklyCap",
      feed_generation as "feedGeneration", no_news_notes as "noNewsNotes", created_at as "createdAt"
    from subscribers where id = ${subscriberId}`.execute(db);
  return rows[0] ?? null;
}

/** Sets how much subjects reveal. */
export async function chooseSubject(tx: Tx, subscriberId: number, subject: SubjectStyle): Promise<void> {
  await sql`update subscribers set subject = ${subject} where id = ${subscriberId}`.execute(tx);
}

/** Gives a person's private feed a new URL. Returns false if the person does not exist. */
export async function renewFeed(db: Db | Tx, subscriberId: number): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`
    update subscribers set feed_generation = feed_generation + 1 where id = ${subscriberId}`.execute(db);
  return numAffectedRows > 0n;
}

/** When each of a person's subscriptions last brought a mail; leaves out those that never did. */
export async function readLastMails(db: Db, subscriberId: number): Promise<Map<number, Instant>> {
  const { rows } = await sql<{ id: number; at: Instant }>`
    select s.id, max(d.finished_at) as at from subscriptions s
    join deliveries d on d.subscriber_id = s.subscriber_id and d.phase = 'sent' and d.kind = 'digest'
    join digest_items i on i.digest_id = d.digest_id and i.subscriber_id = s.subscriber_id
    join changes c on c.id = i.change_id and c.topics && s.topics and c.facet = any(s.facets)
    where s.subscriber_id = ${subscriberId} group by s.id`.execute(db);
  return new Map(rows.map(({ id, at }) => [id, at]));
}
