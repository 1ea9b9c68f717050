import { sql } from 'kysely';
import type { DigestItem } from '../../core/digests/digest.ts';
import { openContent, type StoredContent } from '../../core/digests/stored-digest.ts';
import type { Instant } from '../../core/trial.ts';
import type { MailFacts } from '../../core/why/facts.ts';
import type { Tx } from '../connect.ts';
import { isDeliverable, namesActiveOnly, newerDigests } from '../digests/delivery-conditions.ts';
import type { PromisedDigest } from '../digests/digests.ts';
import { storedContent } from '../stored-content.ts';

/** A digest with its mail; `isWanted` as the sender would decide now. */
export type WhyDigest = PromisedDigest & {
  deliveryId: number | null;
  dueAt: Instant;
  plannedAt: Instant;
  isWanted: boolean;
  mail: Omit<MailFacts, 'bounces'> | null;
  bounces: MailFacts['bounces'];
};

/** A trial's registry and all its ids, including obsolete ones; null if it does not exist. */
export async function readTrialIds(
  tx: Tx,
  trialId: number,
): Promise<{ registry: string; ids: string[] } | null> {
  const { rows } = await sql<{ registry: string; ids: string[] }>`
    select t.registry, array(select alias from trial_aliases a where a.trial_id = t.id) || t.registry_id as ids
    from trials t where t.id = ${trialId}`.execute(tx);
  return rows[0] ?? null;
}

/** These digests of a person, oldest first. */
export async function listWhyDigests(tx: Tx, subscriberId: number, ids: number[]): Promise<WhyDigest[]> {
  const { rows } = await sql<
    Omit<WhyDigest, 'content'> & {
      [Name in keyof Omit<MailFacts, 'bounces' | 'plannedAt' | 'dueAt'>]: MailFacts[Name];
    } & {
      mailDueAt: Instant;
      content: StoredContent;
    }
  >`
    select g.id as "digestId", ${storedContent} as content, g.due_at as "dueAt", g.planned_at as "plannedAt", d.id as "deliveryId",
      d.phase, d.due_at as "mailDueAt", d.attempts, d.reply, d.message_id as "messageId",
      d.finished_at as "finishedAt", d.was_ambiguous as "wasAmbiguous", d.settled, d.paced_until as "pacedUntil",
      coalesce(${isDeliverable} and ${namesActiveOnly}, true) as "isWanted", array(${newerDigests}) as "newerDigests",
      array(select jsonb_build_object('kind', b.kind, 'at', b.bounced_at) from bounces b where b.delivery_id = d.id) as bounces
    from digests g left join deliveries d on d.digest_id = g.id
    where g.subscriber_id = ${subscriberId} and g.id = any(${ids}::bigint[]) order by g.id`.execute(tx);
  return rows.map((row) => {
    const { phase, mailDueAt, attempts, reply, messageId, finishedAt, wasAmbiguous, settled, pacedUntil } =
      row;
    const mail = {
      ...{ phase, plannedAt: row.plannedAt, dueAt: mailDueAt, attempts, reply, messageId },
      ...{ finishedAt, wasAmbiguous, settled, pacedUntil },
    };
    return { ...row, content: openContent(row.content), mail: row.deliveryId === null ? null : mail };
  });
}

/** A digest's items about a trial, in order of release. */
export async function listItems(tx: Tx, digestId: number, trialId: number): Promise<DigestItem[]> {
  const { rows } = await sql<DigestItem>`
    select c.id as "changeId", c.position, i.subscription_id as "subscriptionId", i.kind, c.detected_at as "detectedAt",
      c.version, c.change
    from digest_items i join changes c on c.id = i.change_id
    where i.digest_id = ${digestId} and c.trial_id = ${trialId} order by c.position`.execute(tx);
  return rows;
}
