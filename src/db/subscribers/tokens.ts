import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';

/** Stores the hash of an acting token, bound to one purpose and one person. */
export async function addToken(
  tx: Tx,
  token: { hash: Buffer; purpose: string; subscriberId: number; createdAt: Instant; expiresAt: Instant },
): Promise<void> {
  await tx
    .insertInto('tokens')
    .values({
      hash: token.hash,
      purpose: token.purpose,
      subscriber_id: token.subscriberId,
      created_at: token.createdAt,
      expires_at: token.expiresAt,
      consumed_at: null,
    })
    .execute();
}

/** Whether a token of this purpose has been used. */
export async function isSpentToken(db: Db | Tx, token: { hash: Buffer; purpose: string }): Promise<boolean> {
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
