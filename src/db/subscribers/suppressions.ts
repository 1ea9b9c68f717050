import { sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import type { FormerKeys, Keys } from '../../keys.ts';
import type { Db, Tx } from '../connect.ts';
import { readFormerKeys } from './former-keys.ts';
import { forgetRefusedMails } from './refused-mails.ts';

/** Why an address is suppressed, in words for admins if they are known, and since when. */
export type Suppression = { reason: string; since: Instant; because: string | null };
/** A lifted suppression, when and why; whose it was is not kept. */
export type Lift = Omit<Suppression, 'because'> & { liftedAt: Instant; why: string };

/** How many addresses are suppressed, by reason. */
export async function countSuppressions(
  db: Db,
): Promise<{ reason: string; count: number; firstSince: Instant; lastSince: Instant }[]> {
  const { rows } = await sql<{ reason: string; count: number; firstSince: Instant; lastSince: Instant }>`
    select reason, count(*) as count, min(since) as "firstSince", max(since) as "lastSince"
    from suppressions group by reason order by reason`.execute(db);
  return rows;
}

/** The suppressions lifted last, newest first. */
export async function listLifts(db: Db, limit: number): Promise<Lift[]> {
  const { rows } = await sql<Lift>`select reason, since, lifted_at as "liftedAt", why
    from lifts order by lifted_at desc limit ${limit}`.execute(db);
  return rows;
}

/** Why an address is suppressed, under the key in use or a former one; null when it is not. */
export async function readSuppression(db: Db, keys: Keys, email: string): Promise<Suppression | null> {
  const { rows } = await sql<Suppression>`select reason, since, because from suppressions
    where address_hash = any(${await hashesOf(db, keys, email)}::bytea[]) order by since limit 1`.execute(db);
  return rows[0] ?? null;
}

/**
 * Deletes the suppression of an address and keeps why it was lifted, but not whose it was. Mails refused
 * before no longer count. Null when the address was not suppressed.
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
  for (const { reason, since } of rows)
    await tx.insertInto('lifts').values({ reason, since, lifted_at: now, why }).execute();
  await forgetRefusedMails(tx, hashes);
  return rows[0] ?? null;
}

async function hashesOf(db: Db | Tx, keys: Keys, email: string): Promise<Buffer[]> {
  const known: Pick<FormerKeys, 'hashAddress'>[] = [keys, ...(await readFormerKeys(db, keys))];
  return known.map(({ hashAddress }) => hashAddress(email));
}
