import { addMs, hourMs } from '../../core/instants.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../../db/connect.ts';
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
    return startSession(tx, subscriberId, now);
  });
}

/** Signs in the browser of a person who has just shown that the mailbox is theirs. Returns the session's token. */
export async function startSession(db: Db | Tx, subscriberId: number, now: Instant): Promise<string> {
  const { token, hash } = makeToken();
  const expiresAt = addMs(now, sessionMs);
  await addToken(db, { hash, purpose: sessionPurpose, subscriberId, createdAt: now, expiresAt });
  return token;
}

/** Ends a browser's session, and forgets who confirmed in it: those tokens stop working on every device. */
export async function endSession(
  { db }: Pick<UseCaseContext, 'db'>,
  tokens: { session: string | undefined; browser: string | undefined },
): Promise<void> {
  if (tokens.session !== undefined)
    await dropToken(db, { hash: hashToken(tokens.session), purpose: sessionPurpose });
  if (tokens.browser !== undefined)
    await dropToken(db, { hash: hashToken(tokens.browser), purpose: 'browser' });
}
