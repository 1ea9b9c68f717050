import type { AdminLinkRequest } from '../../core/subscriptions/link-requests.ts';
import { isMailAddress } from '../../core/text/mail-address.ts';
import { findAdminToken } from '../../db/admin/admin-sessions.ts';
import { hashToken } from '../../keys.ts';
import { adminSessionMs, openAdminSession, signOutAdmin } from '../../use-cases/admin/admin-session.ts';
import { submitRequest } from '../../use-cases/submit-request.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { askWhoItIs, findAdmin, tellAdmin } from './guard.ts';

/** Asks the workers to mail a link. The response is the same for every address (P2). */
export async function askForAdminLink(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const { form, wording, now } = request;
  const email = field(form, 'email');
  if (!isMailAddress(email)) return askWhoItIs(request, { status: 422, typed: email });
  const ask: AdminLinkRequest = { email };
  await submitRequest(deps, 'admin-link', ask, now);
  const { say } = wording;
  return unsigned(
    tellAdmin(say('admin.asked.title'), [
      say('admin.asked.what', { email }),
      say('admin.asked.who'),
      say('admin.asked.long'),
    ]),
  );
}

/** The page behind the mailed link, with one button. Viewing it does not consume the link (E4). */
export async function showAdminEntrance(request: PageRequest, { db }: WebDeps): Promise<PageResponse> {
  const { wording, now, params, path } = request;
  const hash = hashToken(params.token ?? '');
  if ((await findAdminToken(db, { hash, purpose: 'link', now })) === null) return explainAdminLink(request);
  return {
    page: 'admin-entrance',
    title: wording.say('admin.enter.title'),
    view: { action: path, languages: [] },
  };
}

/** Signs in the browser that presents a mailed link. Each link works once. */
export async function enterAdmin(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const { now, params } = request;
  const session = await openAdminSession(deps, params.token ?? '', now);
  if (session === null) return explainAdminLink(request);
  return {
    seeOther: '/admin?entered',
    cookies: [{ name: 'admin', value: session, maxAgeSeconds: adminSessionMs / 1_000 }],
  };
}

/** Signs this browser out and ends its session in the database (P8). */
export async function leaveAdmin(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const { wording, now } = request;
  const admin = await findAdmin(request, deps);
  if (admin) await signOutAdmin(deps, admin, now);
  return {
    ...unsigned(tellAdmin(wording.say('admin.left.title'), [wording.say('admin.left.what')], back(request))),
    cookies: [{ name: 'admin', value: '', maxAgeSeconds: 0 }],
  };
}

function explainAdminLink(request: PageRequest): PageResponse {
  const { say } = request.wording;
  const told = tellAdmin(say('admin.link.title'), [say('admin.link.what')], {
    status: 410,
    ...back(request),
  });
  return unsigned(told);
}

function back({ wording }: PageRequest): { next: { href: string; text: string } } {
  return { next: { href: '/admin', text: wording.say('admin.sign-in.title') } };
}

/** Removes the admin menu from a page for visitors who are not signed in. */
function unsigned(answer: PageResponse): PageResponse {
  if (!('page' in answer)) return answer;
  return { ...answer, view: { ...answer.view, admin: null, languages: [] } };
}
