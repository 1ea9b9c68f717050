import { findToken } from '../../db/subscribers/tokens.ts';
import { hashToken } from '../../keys.ts';
import { sessionPurpose } from '../../use-cases/account/manage-session.ts';
import type { OwnAct } from '../../use-cases/subscriptions/change-own.ts';
import type { PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';

/** The person signed in in this browser; null if nobody is, or the session has expired. */
export async function findSession({ cookies, now }: PageRequest, { db }: WebDeps): Promise<number | null> {
  if (cookies.manage === undefined) return null;
  return findToken(db, { hash: hashToken(cookies.manage), purpose: sessionPurpose, now });
}

/** A handler for signed-in people. Everybody else gets the page that mails a link. */
export function signedIn(
  handler: (
    request: PageRequest,
    deps: WebDeps,
    subscriberId: number,
  ) => Promise<PageResponse> | PageResponse,
): (request: PageRequest, deps: WebDeps) => Promise<PageResponse> {
  return async (request, deps) => {
    const subscriberId = await findSession(request, deps);
    if (subscriberId !== null) return handler(request, deps, subscriberId);
    return askForAddress(request, { status: 401 });
  };
}

const doneBy: Record<OwnAct['kind'], string> = {
  pause: 'paused',
  resume: 'resumed',
  stop: 'stopped',
  undo: 'undone',
};

/** Redirects to the subscriptions, with a message about the change, or that nothing changed. */
export function reportChanged({ kind }: OwnAct, count: number): PageResponse {
  return { seeOther: `/manage?done=${count > 0 ? doneBy[kind] : 'nothing'}` };
}

/**
 * The page that asks for an address to mail a link to. It says so if the browser that just signed in sent no cookie.
 */
export function askForAddress(
  { wording, form, query }: PageRequest,
  { status = 200, isWrong = false }: { status?: number; isWrong?: boolean } = {},
): PageResponse {
  return {
    page: 'manage-ask',
    title: wording.say('manage.title'),
    view: { isWrong, isOver: status === 401, isForgotten: 'entered' in query, email: form.email?.[0] ?? '' },
    status,
  };
}
