import { sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import type { FormerKeys, Keys } from '../../keys.ts';
import type { Db, Tx } from '../connect.ts';
import { readFormerKeys } from './former-keys.ts';

/** Why mail to an address was stopped, and since when. */
export type Suppression = { reason: string; since: Instant };
/** A suppression that was lifted, when and why; whose it was is not kept. */
export type Lift = Suppression & { liftedAt: Instant; why: string };

/** How many addresses get no mail, by reason. */
export async function countSuppressions(
  db: Db,
): Promise<{ reason: string; count: number; firstSince: Instant; lastSince: Instant }[]> {
  const { rows } = await sql<{ reason: string; count: number; firstSince: Instant; lastSince: Instant }>`
    select reason, count(*) as count, min(since) as "firstSince", max(since) as "lastSince"
    from suppressions group by reason order by reason`.execute(db);
  return rows;
}

/** What was lifted last. */
export async function listLifts(db: Db, limit: number): Promise<Lift[]> {
  const { rows } = await sql<Lift>`select reason, since, lifted_at as "liftedAt", why
    from lifts order by lifted_at desc limit ${limit}`.execute(db);
  return rows;
}

/** Why mail to an address was stopped, under the key in use or a former one; null when it was not. */
export async function readSuppression(db: Db, keys: Keys, email: string): Promise<Suppression | null> {
  const { rows } = await sql<Suppression>`select reason, since from suppressions
    where address_hash = any(${await hashesOf(db, keys, email)}::bytea[]) order by since limit 1`.execute(db);
  return rows[0] ?? null;
}

/**
 * Lets mail go to an address again, and keeps why, but not whose it was. What its mailbox would not take before counts
 * no more. `beside` writes down in the same transaction that it was lifted. Null when mail to it was not stopped.
 */
export async function liftSuppression(
  db: Db,
  keys: Keys,
  email: string,
  { why, now }: { why: string; now: Instant },
  beside: (tx: Tx, lifted: Suppression) => Promise<void> = async () => {},
): Promise<Suppression | null> {
  const hashes = await hashesOf(db, keys, email);
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<Suppression>`delete from suppressions
      where address_hash = any(${hashes}::bytea[]) returning reason, since`.execute(tx);
    for (const { reason, since } of rows)
      await tx.insertInto('lifts').values({ reason, since, lifted_at: now, why }).execute();
    await sql`delete from bounces b using subscribers p
      where p.id = b.subscriber_id and p.address_hash = any(${hashes}::bytea[]) and b.kind = 'soft'`.execute(
      tx,
    );
    const [lifted] = rows;
    if (!lifted) return null;
    await beside(tx, lifted);
    return lifted;
  });
}

async function hashesOf(db: Db, keys: Keys, email: string): Promise<Buffer[]> {
  const known: Pick<FormerKeys, 'hashAddress'>[] = [keys, ...(await readFormerKeys(db, keys))];
  return known.map(({ hashAddress }) => hashAddress(email));
}
