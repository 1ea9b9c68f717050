import { sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';

/** The scopes of a key. */
export const apiScopes = ['subscriptions'] as const;
/** A scope. */
export type ApiScope = (typeof apiScopes)[number];

const hourMs = 3_600_000;

/** A key as admins see it, without the key itself. */
export type ApiKey = {
  id: number;
  name: string;
  scopes: string[];
  /** The number of uses allowed per hour. */
  hourly: number;
  createdAt: Instant;
  lastUsedAt: Instant | null;
  endedAt: Instant | null;
};

/** Stores the hash of a new key. Returns its id. */
export async function addApiKey(
  db: Db | Tx,
  key: { name: string; hash: Buffer; scopes: readonly ApiScope[]; hourly: number; now: Instant },
): Promise<number> {
  const { name, hash, scopes, hourly, now } = key;
  const { id } = await db
    .insertInto('api_keys')
    .values({
      name,
      hash,
      scopes: [...scopes],
      hourly,
      created_at: now,
      window_at: null,
      last_used_at: null,
      ended_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** All keys, oldest first, including recently ended ones. */
export async function listApiKeys(db: Db): Promise<ApiKey[]> {
  return db
    .selectFrom('api_keys')
    .select([
      'id',
      'name',
      'scopes',
      'hourly',
      'created_at as createdAt',
      'last_used_at as lastUsedAt',
      'ended_at as endedAt',
    ])
    .orderBy('id')
    .execute();
}

/** Ends a key at once; false if no such key is in use. */
export async function endApiKey(db: Db | Tx, id: number, now: Instant): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('api_keys')
    .set({ ended_at: now })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** The result of using a key: it is not (or no longer) valid, it was used too often, or it was used. */
export type KeyUse =
  | { kind: 'unknown' }
  | { kind: 'tired'; retryAfterMs: number }
  | { kind: 'used'; id: number; scopes: string[] };

/**
 * Uses a key once if it has a use left in its hour. The hour begins with the first use after the previous
 * one. Counted in its row, so that all processes count together.
 */
export async function spendApiKey(db: Db, hash: Buffer, now: Instant): Promise<KeyUse> {
  const isOver = sql<boolean>`(window_at is null or window_at <= ${now}::timestamptz - interval '1 hour')`;
  const { rows } = await sql<{ id: number; scopes: string[] }>`
    update api_keys set used = case when ${isOver} then 1 else used + 1 end, last_used_at = ${now},
      window_at = case when ${isOver} then ${now}::timestamptz else window_at end
    where hash = ${hash} and ended_at is null and (${isOver} or used < hourly)
    returning id, scopes`.execute(db);
  const [used] = rows;
  if (used) return { kind: 'used', ...used };
  const key = await db
    .selectFrom('api_keys')
    .select('window_at')
    .where('hash', '=', hash)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  if (!key?.window_at) return { kind: 'unknown' };
  return { kind: 'tired', retryAfterMs: Math.max(0, Date.parse(key.window_at) + hourMs - Date.parse(now)) };
}
