import { findToken } from '../../db/subscribers/sessions.ts';
import { hashToken } from '../../keys.ts';
import type { Answer, Visit } from '../http/page-response.ts';
import type { WebParts } from '../http/web-deps.ts';

/** How long somebody stays signed in after opening their link, in seconds. */
export const sessionSeconds = 3_600;

/** The purpose of the token behind the cookie. */
export const sessionPurpose = 'manage-session';

/** Who is signed in in this browser; null when nobody is, or an hour is over. */
export async function findSession({ cookies, now }: Visit, { db }: WebParts): Promise<number | null> {
  if (cookies.manage === undefined) return null;
  return findToken(db, { hash: hashToken(cookies.manage), purpose: sessionPurpose, now });
}

/** A handler for whoever is signed in; everybody else is shown where to ask for a link. */
export function signedIn(
  handler: (visit: Visit, parts: WebParts, subscriberId: number) => Promise<Answer> | Answer,
): (visit: Visit, parts: WebParts) => Promise<Answer> {
  return async (visit, parts) => {
    const subscriberId = await findSession(visit, parts);
    if (subscriberId !== null) return handler(visit, parts, subscriberId);
    return askForAddress(visit, { status: 401 });
  };
}

/** The page that asks for an address, to mail a link to. */
export function askForAddress(
  { wording, form }: Visit,
  { status = 200, isWrong = false }: { status?: number; isWrong?: boolean } = {},
): Answer {
  return {
    page: 'manage-ask',
    title: wording.say('manage.title'),
    view: { isWrong, isOver: status === 401, email: form.email?.[0] ?? '' },
    status,
  };
}
