import { type RawBuilder, sql } from 'kysely';
import type { RefusedMail } from '../../core/refusals/streak.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';

/**
 * A sent mail counts as accepted after this many days without a report. Relays try for five days and more.
 */
const takenAfterDays = 10;

/** Adds a mail that a subscriber's address refused. Returns all refusals since it last accepted a mail. */
export async function addRefusedMail(
  tx: Tx,
  { subscriberId, deliveryId }: { subscriberId: number; deliveryId: number },
  { isDoubtful, writtenAt }: RefusedMail,
  now: Instant,
): Promise<RefusedMail[]> {
  await sql`insert into refused_mails (subscriber_id, delivery_id, is_doubtful, written_at)
    values (${subscriberId}, ${deliveryId}, ${isDoubtful}, ${writtenAt}) on conflict do nothing`.execute(tx);
  await deleteTaken(tx, now, sql`r.subscriber_id = ${subscriberId}`);
  const { rows } = await sql<RefusedMail>`
    select is_doubtful as "isDoubtful", written_at as "writtenAt"
    from refused_mails where subscriber_id = ${subscriberId}`.execute(tx);
  return rows;
}

/** Deletes refusals from before an accepted mail. Must run before deliveries expire, which are the evidence. */
export function expireRefusedMails(db: Db | Tx, now: Instant): Promise<void> {
  return deleteTaken(db, now, sql`true`);
}

/** Deletes the refusals of some addresses. */
export async function forgetRefusedMails(tx: Tx, addressHashes: Buffer[]): Promise<void> {
  await sql`delete from refused_mails r using subscribers p
    where p.id = r.subscriber_id and p.address_hash = any(${addressHashes}::bytea[])`.execute(tx);
}

/** A mail to a new, unconfirmed address (`d.address`) says nothing about the address in use. */
async function deleteTaken(db: Db | Tx, now: Instant, whose: RawBuilder<unknown>): Promise<void> {
  await sql`delete from refused_mails r where ${whose} and exists (
    select from deliveries d where d.subscriber_id = r.subscriber_id and d.id > r.delivery_id
      and d.address is null
      and d.phase = 'sent' and d.finished_at < ${now}::timestamptz - ${takenAfterDays} * interval '1 day'
      and not exists (select from bounces b
        where b.delivery_id = d.id and b.kind <> 'complaint' and b.bounced_at >= d.finished_at))`.execute(db);
}
