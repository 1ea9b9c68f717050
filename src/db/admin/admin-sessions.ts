import { sql } from 'kysely';
import type { Role } from '../../core/staff.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';

type Purpose = 'link' | 'session';

/** Stores the hash of a mailed link, or of a session's cookie. Returns its id. */
export async function addAdminToken(
  tx: Db | Tx,
  token: {
    hash: Buffer;
    purpose: Purpose;
    email: string;
    /** The role of a session; a link has none. */
    role: Role | null;
    createdAt: Instant;
    expiresAt: Instant;
  },
): Promise<number> {
  const { id } = await tx
    .insertInto('admin_tokens')
    .values({
      hash: token.hash,
      purpose: token.purpose,
      email: token.email,
      role: token.role,
      created_at: token.createdAt,
      expires_at: token.expiresAt,
      ended_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Finds the owner of a token that can still be used; changes nothing. */
export async function findAdminToken(
  db: Db | Tx,
  token: { hash: Buffer; purpose: Purpose; now: Instant },
): Promise<{ id: number; email: string; role: Role | null } | null> {
  const { rows } = await sql<{ id: number; email: string; role: Role | null }>`
    select id, email, role from admin_tokens
    where hash = ${token.hash} and purpose = ${token.purpose} and ended_at is null and expires_at > ${token.now}`.execute(
    db,
  );
  return rows[0] ?? null;
}

/** Consumes a mailed link. Of several simultaneous calls exactly one gets the owner (P1). */
export async function consumeAdminLink(
  tx: Tx,
  link: { hash: Buffer; now: Instant },
): Promise<{ email: string } | null> {
  const { rows } = await sql<{ email: string }>`
    update admin_tokens set ended_at = ${link.now}
    where hash = ${link.hash} and purpose = 'link' and ended_at is null and expires_at > ${link.now}
    returning email`.execute(tx);
  return rows[0] ?? null;
}

/** A session as the page of sessions shows it. */
export type AdminSession = { id: number; email: string; role: Role; createdAt: Instant; expiresAt: Instant };

/** The present sessions, newest first; at most a thousand. */
export async function listAdminSessions(db: Db, now: Instant): Promise<AdminSession[]> {
  const { rows } = await sql<AdminSession>`
    select id, email, role, created_at as "createdAt", expires_at as "expiresAt" from admin_tokens
    where purpose = 'session' and ended_at is null and expires_at > ${now} order by id desc limit 1000`.execute(
    db,
  );
  return rows;
}

/** Ends a session; null if it has already ended. */
export async function endAdminSession(
  tx: Db | Tx,
  id: number,
  now: Instant,
): Promise<{ email: string } | null> {
  const { rows } = await sql<{ email: string }>`
    update admin_tokens set ended_at = ${now}
    where id = ${id} and purpose = 'session' and ended_at is null and expires_at > ${now}
    returning email`.execute(tx);
  return rows[0] ?? null;
}
