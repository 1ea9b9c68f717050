import { addMs, hourMs } from '../../core/instants.ts';
import type { Instant } from '../../core/trial.ts';
import { liftBounce } from '../../db/subscribers/suppressions.ts';
import { addToken, consumeToken, dropToken } from '../../db/subscribers/tokens.ts';
import { hashToken, makeToken } from '../../keys.ts';
import type { UseCaseContext } from '../context.ts';

/** The duration of a session after a manage link was opened. */
export const sessionMs = hourMs;

/** The purpose of the token behind a session's cookie. */
export const sessionPurpose = 'manage-session';

/**
 * Signs in the browser that opened a mailed link. The link works once (P1). It also shows that the mailbox
 * accepts mail (B6). Returns the session's token, or null.
 */
export async function openSession(
  { db, keys }: Pick<UseCaseContext, 'db' | 'keys'>,
  link: string,
  now: Instant,
): Promise<string | null> {
  return db.transaction().execute(async (tx) => {
    const used = await consumeToken(tx, { hash: hashToken(link), purpose: 'manage', now });
    if (!used) return null;
    const { subscriberId } = used;
    await liftBounce(tx, keys, subscriberId, now);
    const { token, hash } = makeToken();
    const expiresAt = addMs(now, sessionMs);
    await addToken(tx, { hash, purpose: sessionPurpose, subscriberId, createdAt: now, expiresAt });
    return token;
  });
}

/** Ends a session: its token stops working on every device. */
export async function endSession({ db }: Pick<UseCaseContext, 'db'>, token: string): Promise<void> {
  await dropToken(db, { hash: hashToken(token), purpose: sessionPurpose });
}
