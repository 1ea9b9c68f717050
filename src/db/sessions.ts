import { sql } from 'kysely';
import type { Instant } from '../core/trial.ts';
import type { Db, Tx } from './connect.ts';

/**
 * Consumes an acting token: of many at once exactly one is told whose it was and when it was made; the others, and
 * everybody with one that is used, too old or for another purpose, get null.
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

/** Whose token this is, while it can be used; asking changes nothing. */
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
