import { sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';

/** A token's hash, with the only purpose for which it counts. */
type TokenName = { hash: Buffer; purpose: string };

/** Stores the hash of an acting token, bound to one purpose and one person; `params` is its encrypted data. */
export async function addToken(
  tx: Db | Tx,
  token: TokenName & { subscriberId: number; params?: Buffer; createdAt: Instant; expiresAt: Instant },
): Promise<void> {
  await tx
    .insertInto('tokens')
    .values({
      hash: token.hash,
      purpose: token.purpose,
      subscriber_id: token.subscriberId,
      params: token.params ?? null,
      created_at: token.createdAt,
      expires_at: token.expiresAt,
      consumed_at: null,
    })
    .execute();
}

/**
 * Consumes an acting token. Of simultaneous calls exactly one gets its owner, creation time and encrypted data. All
 * others get null, as for a token that is used, expired or for another purpose.
 */
export async function consumeToken(
  tx: Db | Tx,
  token: TokenName & { now: Instant },
): Promise<{ subscriberId: number; createdAt: Instant; params: Buffer | null } | null> {
  const { rows } = await sql<{ subscriberId: number; createdAt: Instant; params: Buffer | null }>`
    update tokens set consumed_at = ${token.now}
    where hash = ${token.hash} and purpose = ${token.purpose} and consumed_at is null and expires_at > ${token.now}
    returning subscriber_id as "subscriberId", created_at as "createdAt", params`.execute(tx);
  return rows[0] ?? null;
}

/** Finds the owner of a token that can still be used; changes nothing. */
export async function findToken(db: Db | Tx, token: TokenName & { now: Instant }): Promise<number | null> {
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

/** Whether a token of this purpose has been used. */
export async function isSpentToken(db: Db | Tx, token: TokenName): Promise<boolean> {
  const row = await db
    .selectFrom('tokens')
    .select('hash')
    .where('hash', '=', token.hash)
    .where('purpose', '=', token.purpose)
    .where('consumed_at', 'is not', null)
    .executeTakeFirst();
  return row !== undefined;
}

/** Whether a person's mailbox has a working link of this purpose. */
export async function hasToken(
  tx: Tx,
  token: { subscriberId: number; purpose: string; now: Instant },
): Promise<boolean> {
  const row = await tx
    .selectFrom('tokens')
    .select('hash')
    .where('subscriber_id', '=', token.subscriberId)
    .where('purpose', '=', token.purpose)
    .where('consumed_at', 'is', null)
    .where('expires_at', '>', token.now)
    .executeTakeFirst();
  return row !== undefined;
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

/** Deletes one token. */
export async function dropToken(db: Db, { hash, purpose }: TokenName): Promise<void> {
  await db.deleteFrom('tokens').where('hash', '=', hash).where('purpose', '=', purpose).execute();
}
