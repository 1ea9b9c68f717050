import { addMs, hourMs } from '../core/instants.ts';
import type { Instant } from '../core/trial.ts';
import type { Tx } from '../db/connect.ts';
import { addToken } from '../db/subscribers/tokens.ts';
import { makeToken } from '../keys.ts';

/** The duration of a session after a mailed link was used. */
export const sessionMs = hourMs;

/** The purpose of the token behind a session's cookie. */
export const sessionPurpose = 'manage-session';

/** Signs in the browser of a person who has just shown that the mailbox is theirs. Returns the session's token. */
export async function startSession(tx: Tx, subscriberId: number, now: Instant): Promise<string> {
  const { token, hash } = makeToken();
  const expiresAt = addMs(now, sessionMs);
  await addToken(tx, { hash, purpose: sessionPurpose, subscriberId, createdAt: now, expiresAt });
  return token;
}
