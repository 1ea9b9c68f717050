import { sql } from 'kysely';
import { openContent, type StoredContent } from '../../core/digests/stored-digest.ts';
import type { SubjectStyle } from '../../core/subscriptions/subject-styles.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../connect.ts';
import { type ListReasons, listsBehind } from '../lists/list-reasons.ts';
import { storedContent } from '../stored-content.ts';
import { isDeliverable, namesActiveOnly, newerDigests } from './delivery-conditions.ts';
import type { PromisedDigest } from './digests.ts';
import type { DueSubscriber } from './due-subscriptions.ts';

/** A person as the planner reads them, with their settings for mails. */
export type PreviewReader = Omit<DueSubscriber, 'dueAt'> & {
  dueAt: Instant | null;
  linkGeneration: number;
  subject: SubjectStyle;
  /** Subscriptions whose note its writer wants to see in mails. */
  noted: number[];
  /** Active subscriptions, and those of them whose baseline is stored. */
  active: number;
  watching: number;
  /** Of these, those with unprocessed releases after their cursors. */
  behind: number;
  /** The first end of a pause that has one. */
  pauseEndsAt: Instant | null;
};

/** The person of a preview; null if the id does not exist. */
export async function readPreviewReader(tx: Tx, subscriberId: number): Promise<PreviewReader | null> {
  const { rows } = await sql<PreviewReader>`
    select p.id, p.timezone, p.hour, p.language, p.next_due_at as "dueAt", p.weekly_cap as "weeklyCap",
      p.capped_position as "cappedPosition", p.link_generation as "linkGeneration",
      p.subject, coalesce((select jsonb_agg(s.id) from subscriptions s where s.subscriber_id = p.id and s.note_in_mails
        and s.note is not null), '[]') as noted,
      count(s.id) as active, count(s.id) filter (where s.watching_since is not null) as watching,
      count(s.id) filter (where s.position < (select value from counters where name = 'position')) as behind,
      (select min(paused_until) from subscriptions s where s.subscriber_id = p.id and s.state = 'paused') as "pauseEndsAt"
    from subscribers p left join subscriptions s on s.subscriber_id = p.id and s.state = 'active'
    where p.id = ${subscriberId} group by p.id`.execute(tx);
  return rows[0] ?? null;
}

/** A digest that is promised and not sent; `isAsPlanned` as the sender would determine it. */
export type WaitingDigest = PromisedDigest & {
  dueAt: Instant;
  plannedAt: Instant;
  isAsPlanned: boolean;
  lists: ListReasons | null;
};

/** A person's digests that wait to be sent, oldest first; only those in `only` if given. */
export async function listWaitingDigests(
  tx: Tx,
  subscriberId: number,
  only: readonly number[] | null = null,
): Promise<WaitingDigest[]> {
  const { rows } = await sql<Omit<WaitingDigest, 'content'> & { content: StoredContent }>`
    select g.id as "digestId", ${storedContent} as content, g.due_at as "dueAt", g.planned_at as "plannedAt",
      ${isDeliverable} and ${namesActiveOnly} and cardinality(array(${newerDigests})) = 0 as "isAsPlanned",
      array(${newerDigests}) as "newerDigests", ${listsBehind(sql`g.id`)} as lists
    from deliveries d join digests g on g.id = d.digest_id
    where d.subscriber_id = ${subscriberId} and d.phase in ('planned', 'claimed', 'body', 'retry')
      and (${only === null} or d.id = any(${[...(only ?? [])]}::bigint[]))
    order by g.id`.execute(tx);
  return rows.map((row) => ({ ...row, content: openContent(row.content) }));
}
