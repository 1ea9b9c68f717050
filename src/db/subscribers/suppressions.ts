import { sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import type { Keys } from '../../keys.ts';
import type { Db, Tx } from '../connect.ts';
import { hashesOf } from './former-keys.ts';
import { forgetRefusedMails } from './refused-mails.ts';

/** Why an address is suppressed, in words for admins if known, and since when. */
export type Suppression = { reason: string; since: Instant; because: string | null };
/** A lifted suppression, with time and reason; the address is not kept. */
export type LiftedSuppression = Omit<Suppression, 'because'> & { liftedAt: Instant; why: string };

/**
 * Reasons that end when the owner uses a link mailed to the address, which shows that it accepts mail again
 * (B6). Only staff can lift a complaint or a wish never to be mailed.
 */
export const bounceReasons = ['hard-bounce', 'soft-bounces'] as const;

/**
 * Whether an address suppressed for this reason may get the mail that its owner requests, and whose link
 * lifts it.
 */
export function isLiftedByLink(reason: string | null): boolean {
  return bounceReasons.some((one) => one === reason);
}

/** Lifts a suppression after bounces, once a link from the mailbox was used (B6). */
export async function liftBounce(tx: Tx, keys: Keys, subscriberId: number, now: Instant): Promise<void> {
  const person = await tx
    .selectFrom('subscribers')
    .select('address')
    .where('id', '=', subscriberId)
    .executeTakeFirst();
  if (!person) return;
  const hashes = await hashesOf(tx, keys, keys.decrypt(person.address));
  const { rows } = await sql<Suppression>`delete from suppressions
    where address_hash = any(${hashes}::bytea[]) and reason = any(${[...bounceReasons]}::text[])
    returning reason, since, because`.execute(tx);
  if (rows.length > 0)
    await addLiftedSuppressions(tx, rows, { hashes, why: 'a link mailed to the address was used', now });
}

/** The number of suppressed addresses by reason. */
export async function countSuppressions(
  db: Db,
): Promise<{ reason: string; count: number; firstSince: Instant; lastSince: Instant }[]> {
  const { rows } = await sql<{ reason: string; count: number; firstSince: Instant; lastSince: Instant }>`
    select reason, count(*) as count, min(since) as "firstSince", max(since) as "lastSince"
    from suppressions group by reason order by reason`.execute(db);
  return rows;
}

/** The latest lifted suppressions, newest first. */
export async function listLiftedSuppressions(db: Db, limit: number): Promise<LiftedSuppression[]> {
  const { rows } = await sql<LiftedSuppression>`select reason, since, lifted_at as "liftedAt", why
    from lifted_suppressions order by lifted_at desc limit ${limit}`.execute(db);
  return rows;
}

/**
 * Why an address is suppressed, under the present key or a former one; null if it is not. Among several
 * reasons, one that no link can lift takes precedence, then the oldest.
 */
export async function readSuppression(db: Db | Tx, keys: Keys, email: string): Promise<Suppression | null> {
  const { rows } = await sql<Suppression>`select reason, since, because from suppressions
    where address_hash = any(${await hashesOf(db, keys, email)}::bytea[])
    order by reason = any(${[...bounceReasons]}::text[]), since limit 1`.execute(db);
  return rows[0] ?? null;
}

/**
 * Deletes the suppression of an address and stores why it was lifted, without the address. Earlier refused
 * mails no longer count. Null if the address was not suppressed.
 */
export async function liftSuppression(
  tx: Tx,
  keys: Keys,
  email: string,
  { why, now }: { why: string; now: Instant },
): Promise<Suppression | null> {
  const hashes = await hashesOf(tx, keys, email);
  const { rows } = await sql<Suppression>`delete from suppressions
    where address_hash = any(${hashes}::bytea[]) returning reason, since, because`.execute(tx);
  await addLiftedSuppressions(tx, rows, { hashes, why, now });
  return rows[0] ?? null;
}

/** Stores the reason, without the address. Earlier refused mails no longer count. */
async function addLiftedSuppressions(
  tx: Tx,
  lifted: Suppression[],
  { hashes, why, now }: { hashes: Buffer[]; why: string; now: Instant },
): Promise<void> {
  for (const { reason, since } of lifted)
    await tx.insertInto('lifted_suppressions').values({ reason, since, lifted_at: now, why }).execute();
  await forgetRefusedMails(tx, hashes);
}
