import type { Instant } from '../../core/trial.ts';
import { liftBounce } from '../../db/subscribers/suppressions.ts';
import { consumeToken, dropToken } from '../../db/subscribers/tokens.ts';
import { hashToken } from '../../keys.ts';
import type { UseCaseContext } from '../context.ts';
import { sessionPurpose, startSession } from '../session.ts';

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
