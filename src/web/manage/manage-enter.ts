import type { ManageLinkRequest } from '../../core/subscriptions/link-requests.ts';
import { isMailAddress } from '../../core/text/mail-address.ts';
import { findToken } from '../../db/subscribers/tokens.ts';
import { hashToken } from '../../keys.ts';
import { endSession, openSession } from '../../use-cases/account/manage-session.ts';
import { sessionMs } from '../../use-cases/session.ts';
import { submitRequest } from '../../use-cases/submit-request.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { readDerivedLink } from './derived-link.ts';
import { askForAddress } from './manage-session.ts';
import { explainLink } from './manage-trouble.ts';

/** Asks the workers to mail a link. The response is the same for every address (P2). */
export async function askForLink(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const email = field(request.form, 'email');
  if (!isMailAddress(email)) return askForAddress(request, { status: 422, isWrong: true });
  const ask: ManageLinkRequest = { email };
  await submitRequest(deps, 'manage-link', ask, request.now);
  return linkIsOnItsWay(request, email);
}

function linkIsOnItsWay({ wording }: PageRequest, email: string | null): PageResponse {
  return { page: 'manage-asked', title: wording.say('manage.asked.title'), view: { email } };
}

/**
 * A page with one button and no details. Behind a mailed link it opens the subscriptions; behind the link of a digest it
 * mails such a link (E4, P12).
 */
export async function showEntrance(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const token = request.params.token ?? '';
  const { wording, path } = request;
  if (token.includes('.')) {
    if (!(await readDerivedLink(deps, 'manage', token))) return explainLink(request, 'cut-off');
    return {
      page: 'manage-entrance',
      title: wording.say('manage.title'),
      view: { action: path, opens: false },
    };
  }
  const hash = hashToken(token);
  if ((await findToken(deps.db, { hash, purpose: 'manage', now: request.now })) === null)
    return explainLink(request, isWhole(token) ? 'used' : 'cut-off');
  return { page: 'manage-entrance', title: wording.say('manage.title'), view: { action: path, opens: true } };
}

/** Signs in the browser that presents a mailed link, once; or mails such a link to the reader of a digest. */
export async function enter(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const token = request.params.token ?? '';
  const { now } = request;
  if (token.includes('.')) {
    const link = await readDerivedLink(deps, 'manage', token);
    if (!link) return explainLink(request, 'cut-off');
    const ask: ManageLinkRequest = { subscriberId: link.id, generation: link.generation };
    await submitRequest(deps, 'manage-link', ask, now);
    return linkIsOnItsWay(request, null);
  }
  const session = await openSession(deps, token, now);
  if (session === null) return explainLink(request, isWhole(token) ? 'used' : 'cut-off');
  return {
    seeOther: '/manage?entered',
    cookies: [{ name: 'manage', value: session, maxAgeSeconds: sessionMs / 1_000 }],
  };
}

/** Signs this browser out: it has to confirm by email again to follow more or to see what is followed. */
export async function leave({ cookies, wording }: PageRequest, deps: WebDeps): Promise<PageResponse> {
  await endSession(deps, { session: cookies.manage, browser: cookies.browser });
  return {
    page: 'manage-left',
    title: wording.say('manage.left.title'),
    view: {},
    cookies: [
      { name: 'manage', value: '', maxAgeSeconds: 0 },
      { name: 'browser', value: '', maxAgeSeconds: 0 },
    ],
  };
}

function isWhole(token: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(token);
}
