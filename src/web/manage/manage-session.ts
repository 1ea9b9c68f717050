import { findToken } from '../../db/subscribers/tokens.ts';
import { hashToken } from '../../keys.ts';
import { sessionPurpose } from '../../use-cases/session.ts';
import type { OwnAct } from '../../use-cases/subscriptions/change-own.ts';
import type { Cookie, PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';

/** The person signed in in this browser; null if nobody is, or the session has expired. */
export async function findSession(
  { cookies, now }: Pick<PageRequest, 'cookies' | 'now'>,
  { db }: Pick<WebDeps, 'db'>,
): Promise<number | null> {
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

/** What an act did, as the page of subscriptions says it. */
export const doneCodes = [
  'nothing',
  'unselected',
  'saved',
  'paused',
  'resumed',
  'stopped',
  'undone',
  'settings',
  'feed',
  'list-added',
  'list-known',
  'list-removed',
  'list-ended',
  'report-ordered',
  'report-cancelled',
] as const;

type DoneCode = (typeof doneCodes)[number];

const doneSeconds = 60;

const doneBy: Record<OwnAct['kind'], DoneCode> = {
  pause: 'paused',
  resume: 'resumed',
  stop: 'stopped',
  undo: 'undone',
};

/** Redirects to the subscriptions, with a message about the change, or that nothing changed. */
export function reportChanged({ kind }: OwnAct, count: number): RedirectWithWord {
  return reportDone(count > 0 ? doneBy[kind] : 'nothing');
}

type RedirectWithWord = { seeOther: string; cookies: Cookie[] };

/** Redirects to the subscriptions, which say once what was done. A link cannot make them say it (L4). */
export function reportDone(done: DoneCode): RedirectWithWord {
  return { seeOther: '/manage', cookies: [{ name: 'done', value: done, maxAgeSeconds: doneSeconds }] };
}

/** Takes the message of the last act from the cookie, which is to be removed with the response. */
export function takeDone({ cookies }: PageRequest): { done: DoneCode | null; cookies: Cookie[] } {
  const done = doneCodes.find((code) => code === cookies.done) ?? null;
  return { done, cookies: done ? [{ name: 'done', value: '', maxAgeSeconds: 0 }] : [] };
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
