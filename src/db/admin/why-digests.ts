import { sql } from 'kysely';
import type { DigestItem } from '../../core/digests/digest.ts';
import type { Instant } from '../../core/trial.ts';
import type { ChangeFacts, DigestFacts, MailFacts } from '../../core/why/facts.ts';
import type { Tx } from '../connect.ts';
import { isDeliverable, namesActiveOnly, tellsNewer } from '../digests/delivery-conditions.ts';
import { type PromisedDigest, recompose } from '../digests/recompose.ts';
import type { WhyQuestion } from './why-changes.ts';

type Row = PromisedDigest & {
  deliveryId: number | null;
  dueAt: Instant;
  plannedAt: Instant;
  isWanted: boolean;
  mail: Omit<MailFacts, 'bounces'> | null;
  bounces: MailFacts['bounces'];
};

/**
 * The digests that settle these changes, as they went out, or as they would go out now: what is not wanted any more, or
 * was told since, leaves a digest that waits, here in a transaction that has to be rolled back.
 */
export async function loadDigestFacts(
  tx: Tx,
  { subscriberId, trialId }: WhyQuestion,
  changes: readonly ChangeFacts[],
): Promise<DigestFacts[]> {
  const ids = [...new Set(changes.flatMap(({ settled }) => settled?.digestId ?? []))];
  if (ids.length === 0) return [];
  const found: DigestFacts[] = [];
  for (const row of await listDigests(tx, subscriberId, ids)) {
    const { digestId, dueAt, plannedAt, mail, bounces } = row;
    const content = isToBeMadeAgain(row) ? await recompose(tx, row) : row.content;
    const items = await listItems(tx, digestId, trialId);
    const card = await readCard(tx, trialId);
    const trial = content?.trials.find(
      (one) => one.card.registry === card?.registry && isOf(one.card.id, card),
    );
    found.push({
      id: digestId,
      dueAt,
      plannedAt,
      items,
      reasons: trial?.reasons ?? [],
      mail: mail && { ...mail, bounces },
    });
  }
  return found;
}

/** As the sender finds out before it makes a mail: what was in doubt once goes out again as it was. */
function isToBeMadeAgain({ mail, isWanted: asPlanned, toldSince }: Row): boolean {
  if (mail?.phase !== 'planned' && mail?.phase !== 'retry') return false;
  return !asPlanned || toldSince.length > 0;
}

function isOf(id: string, card: { ids: string[] } | null): boolean {
  return card?.ids.includes(id) ?? false;
}

async function readCard(tx: Tx, trialId: number): Promise<{ registry: string; ids: string[] } | null> {
  const { rows } = await sql<{ registry: string; ids: string[] }>`
    select t.registry, array(select alias from trial_aliases a where a.trial_id = t.id) || t.registry_id as ids
    from trials t where t.id = ${trialId}`.execute(tx);
  return rows[0] ?? null;
}

async function listDigests(tx: Tx, subscriberId: number, ids: number[]): Promise<Row[]> {
  const { rows } = await sql<
    Row & { [Name in keyof Omit<MailFacts, 'bounces' | 'plannedAt' | 'dueAt'>]: MailFacts[Name] } & {
      mailDueAt: Instant;
    }
  >`
    select g.id as "digestId", g.content, g.due_at as "dueAt", g.planned_at as "plannedAt", d.id as "deliveryId",
      d.phase, d.due_at as "mailDueAt", d.attempts, d.reply, d.message_id as "messageId",
      d.finished_at as "finishedAt", d.was_ambiguous as "wasAmbiguous", d.settled, d.paced_until as "pacedUntil",
      coalesce(${isDeliverable} and ${namesActiveOnly}, true) as "isWanted", array(${tellsNewer}) as "toldSince",
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
    return { ...row, mail: row.deliveryId === null ? null : mail };
  });
}

async function listItems(tx: Tx, digestId: number, trialId: number): Promise<DigestItem[]> {
  const { rows } = await sql<DigestItem>`
    select c.id as "changeId", c.position, i.subscription_id as "subscriptionId", i.kind, c.detected_at as "detectedAt",
      c.version, c.change
    from digest_items i join changes c on c.id = i.change_id
    where i.digest_id = ${digestId} and c.trial_id = ${trialId} order by c.position`.execute(tx);
  return rows;
}
