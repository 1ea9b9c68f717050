import { sql } from 'kysely';
import type { SubjectStyle } from '../../core/subscriptions/subject-styles.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../connect.ts';
import { isDeliverable, namesActiveOnly, newerDigests } from './delivery-conditions.ts';
import type { DueSubscriber, PromisedDigest } from './digests.ts';

/** A person as the planner takes them, and how their mails are written. */
export type PreviewReader = Omit<DueSubscriber, 'dueAt'> & {
  dueAt: Instant | null;
  linkGeneration: number;
  subject: SubjectStyle;
  /** Subscriptions whose note its writer wants to see in mails. */
  noted: number[];
  /** Subscriptions that are active, and those of them whose baseline is stored. */
  active: number;
  watching: number;
  /** Of these, those that something was released for since they were looked through. */
  behind: number;
  /** When the first of their pauses ends by itself. */
  pauseEndsAt: Instant | null;
};

/** Somebody a preview is asked for; null when there is none of this id. */
export async function readPreviewReader(tx: Tx, subscriberId: number): Promise<PreviewReader | null> {
  const { rows } = await sql<PreviewReader>`
    select p.id, p.timezone, p.hour, p.language, p.next_due_at as "dueAt", p.link_generation as "linkGeneration",
      p.subject, coalesce((select jsonb_agg(s.id) from subscriptions s where s.subscriber_id = p.id and s.note_in_mails
        and s.note is not null), '[]') as noted,
      count(s.id) as active, count(s.id) filter (where s.watching_since is not null) as watching,
      count(s.id) filter (where s.position < (select value from counters where name = 'position')) as behind,
      (select min(paused_until) from subscriptions s where s.subscriber_id = p.id and s.state = 'paused') as "pauseEndsAt"
    from subscribers p left join subscriptions s on s.subscriber_id = p.id and s.state = 'active'
    where p.id = ${subscriberId} group by p.id`.execute(tx);
  return rows[0] ?? null;
}

/** A digest that was promised and is not out; `isAsPlanned` as the sender finds out before it makes the mail. */
export type WaitingDigest = PromisedDigest & { dueAt: Instant; plannedAt: Instant; isAsPlanned: boolean };

/** The digests of a person that wait to be sent, the oldest first; those in `only` when it is given. */
export async function listWaitingDigests(
  tx: Tx,
  subscriberId: number,
  only: readonly number[] | null = null,
): Promise<WaitingDigest[]> {
  const { rows } = await sql<WaitingDigest>`
    select g.id as "digestId", g.content, g.due_at as "dueAt", g.planned_at as "plannedAt",
      ${isDeliverable} and ${namesActiveOnly} and cardinality(array(${newerDigests})) = 0 as "isAsPlanned",
      array(${newerDigests}) as "newerDigests"
    from deliveries d join digests g on g.id = d.digest_id
    where d.subscriber_id = ${subscriberId} and d.phase in ('planned', 'claimed', 'body', 'retry')
      and (${only === null} or d.id = any(${[...(only ?? [])]}::bigint[]))
    order by g.id`.execute(tx);
  return rows;
}
