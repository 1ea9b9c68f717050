import { sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import type { Keys } from '../../keys.ts';
import type { Db, Tx } from '../connect.ts';

/**
 * Consumes an acting token. Of simultaneous calls exactly one gets its owner and creation time; all others
 * get null, as for a token that is used, expired or for another purpose.
 */
export async function consumeToken(
  tx: Db | Tx,
  token: { hash: Buffer; purpose: string; now: Instant },
): Promise<{ subscriberId: number; createdAt: Instant } | null> {
  const { rows } = await sql<{ subscriberId: number; createdAt: Instant }>`
    update tokens set consumed_at = ${token.now}
    where hash = ${token.hash} and purpose = ${token.purpose} and consumed_at is null and expires_at > ${token.now}
    returning subscriber_id as "subscriberId", created_at as "createdAt"`.execute(tx);
  return rows[0] ?? null;
}

/** Finds the owner of a token that can still be used; changes nothing. */
export async function findToken(
  db: Db | Tx,
  token: { hash: Buffer; purpose: string; now: Instant },
): Promise<number | null> {
  const row = await db
    .selectFrom('tokens')
    .select('subscriber_id')
    .where('hash', '=', token.hash)
    .where('purpose', '=', token.purpose)
    .where('consumed_at', 'is', null)
    .where('expires_at', '>', token.now)
    .executeTakeFirst();
  return row?.subscriber_id ?? null;
}

/** Consumes a token as `consumeToken` does, and decrypts its data. */
export async function consumeSealed(
  tx: Tx,
  keys: Keys,
  token: { hash: Buffer; purpose: string; now: Instant },
): Promise<{ subscriberId: number; createdAt: Instant; text: string } | null> {
  const { rows } = await sql<{ subscriberId: number; createdAt: Instant; params: Buffer | null }>`
    update tokens set consumed_at = ${token.now}
    where hash = ${token.hash} and purpose = ${token.purpose} and consumed_at is null and expires_at > ${token.now}
    returning subscriber_id as "subscriberId", created_at as "createdAt", params`.execute(tx);
  const [row] = rows;
  if (!row?.params) return null;
  const { subscriberId, createdAt, params } = row;
  return { subscriberId, createdAt, text: keys.decrypt(params) };
}

/** Stores the hash of an acting token with its data, encrypted. */
export async function addSealedToken(
  tx: Tx,
  token: {
    hash: Buffer;
    purpose: string;
    subscriberId: number;
    params: Buffer;
    createdAt: Instant;
    expiresAt: Instant;
  },
): Promise<void> {
  await tx
    .insertInto('tokens')
    .values({
      hash: token.hash,
      purpose: token.purpose,
      subscriber_id: token.subscriberId,
      params: token.params,
      created_at: token.createdAt,
      expires_at: token.expiresAt,
      consumed_at: null,
    })
    .execute();
}

/** Deletes a person's tokens of some purposes, used or not; with `after`, only those made later. */
export async function dropTokens(
  tx: Db | Tx,
  subscriberId: number,
  purposes: readonly string[],
  after: Instant | null = null,
): Promise<void> {
  await sql`delete from tokens where subscriber_id = ${subscriberId} and purpose = any(${[...purposes]}::text[])
    and (${after}::timestamptz is null or created_at > ${after}::timestamptz)`.execute(tx);
}

/**
 * The person to whom a manage link may be mailed: one who has confirmed something, even if it is paused or
 * stopped. Generation null: any.
 */
export async function findManager(
  tx: Tx,
  { subscriberId, generation }: { subscriberId: number; generation: number | null },
): Promise<{ id: number; addressHash: Buffer } | null> {
  const { rows } = await sql<{ id: number; addressHash: Buffer }>`
    select id, address_hash as "addressHash" from subscribers p
    where id = ${subscriberId} and link_generation = coalesce(${generation}::int, link_generation)
      and exists (select from subscriptions s where s.subscriber_id = p.id and s.state <> 'pending')`.execute(
    tx,
  );
  return rows[0] ?? null;
}

/** Deletes one token. */
export async function dropToken(db: Db, hash: Buffer, purpose: string): Promise<void> {
  await db.deleteFrom('tokens').where('hash', '=', hash).where('purpose', '=', purpose).execute();
}
