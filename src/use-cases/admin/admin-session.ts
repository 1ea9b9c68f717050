import { addMs, hourMs } from '../../core/instants.ts';
import { findStaff, type Staff } from '../../core/staff.ts';
import type { Instant } from '../../core/trial.ts';
import { addAdminToken, consumeAdminLink, endAdminSession } from '../../db/admin/admin-sessions.ts';
import { writeAudit } from '../../db/audit-log.ts';
import { hashToken, makeToken } from '../../keys.ts';
import type { UseCaseContext } from '../context.ts';
import type { WriteAuditEntry } from './audit.ts';

type Context = Pick<UseCaseContext, 'db'>;

/** The duration of a session on the admin pages. */
export const adminSessionMs = 12 * hourMs;

/** The name of a session in the audit log. */
const sessionSubject = (id: number) => `session ${id}`;

/**
 * Signs in the browser that opened a mailed link. The link works once (P1). Returns the session's token, or
 * null.
 */
export async function openAdminSession(
  { db, config }: Pick<UseCaseContext, 'db' | 'config'>,
  link: string,
  now: Instant,
): Promise<string | null> {
  return db.transaction().execute(async (tx) => {
    const used = await consumeAdminLink(tx, { hash: hashToken(link), now });
    // A person who was removed from the staff after the link was mailed cannot sign in.
    const staff = used && findStaff(config, used.email);
    if (!staff) return null;
    const { token, hash } = makeToken();
    const expiresAt = addMs(now, adminSessionMs);
    const id = await addAdminToken(tx, { ...staff, hash, purpose: 'session', createdAt: now, expiresAt });
    const { email: actor, role } = staff;
    await writeAudit(tx, { actor, act: 'sign-in', subject: sessionSubject(id), details: { role }, now });
    return token;
  });
}

/** Signs an admin out, and ends the session in the database (P8). */
export async function signOutAdmin(
  { db }: Context,
  admin: Pick<Staff, 'email'> & { sessionId: number },
  now: Instant,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    if (!(await endAdminSession(tx, admin.sessionId, now))) return;
    const subject = sessionSubject(admin.sessionId);
    await writeAudit(tx, { actor: admin.email, act: 'sign-out', subject, now });
  });
}

/** Ends an admin's session at once. Returns false if it has already ended. */
export async function endSessionOf(
  { db }: Context,
  log: WriteAuditEntry,
  sessionId: number,
  now: Instant,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const session = await endAdminSession(tx, sessionId, now);
    if (session) await log(tx, { subject: sessionSubject(sessionId), details: { of: session.email } });
    return session !== null;
  });
}
