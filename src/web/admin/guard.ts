import { findStaff, type Staff } from '../../core/staff.ts';
import { endAdminSession, findAdminToken } from '../../db/admin/admin-sessions.ts';
import { writeAudit } from '../../db/audit-log.ts';
import { hashToken } from '../../keys.ts';
import type { WriteAuditEntry } from '../../use-cases/admin/audit.ts';
import { field, type PageHandler, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { itemOf, menu } from './menu.ts';

/** The language of the admin pages, whatever the browser prefers. */
export const adminLanguage = 'en';

/** Whether a route is an admin page. */
export function isForAdmins(url: string): boolean {
  return url === '/admin' || url.startsWith('/admin/');
}

/** A signed-in member of staff. */
export type Admin = Staff & { sessionId: number };

/**
 * The admin signed in in this browser. Null if nobody is, the session has expired, or their role has changed since
 * (P8).
 */
export async function findAdmin(
  { cookies, now }: Pick<PageRequest, 'cookies' | 'now'>,
  { db, config }: WebDeps,
): Promise<Admin | null> {
  if (cookies.admin === undefined) return null;
  const session = await findAdminToken(db, { hash: hashToken(cookies.admin), purpose: 'session', now });
  if (!session) return null;
  const staff = findStaff(config, session.email);
  if (staff?.role === session.role) return { ...staff, sessionId: session.id };
  // End the session for good, so that restored rights do not revive it.
  await endAdminSession(db, session.id, now);
  return null;
}

/** A page for admins and viewers that changes nothing. Everybody else gets the sign-in page. */
export function adminPage(
  handler: (request: PageRequest, deps: WebDeps, admin: Admin) => Promise<PageResponse> | PageResponse,
): PageHandler {
  return async (request, deps) => {
    const admin = await findAdmin(request, deps);
    return admin === null ? askWhoItIs(request) : framed(await handler(request, deps, admin), admin, request);
  };
}

/**
 * An action for admins only; viewers get a page that says so. `name` is its name in the audit log. The handler calls
 * `log` in the transaction of the action. Showing an address is an action too.
 */
export function adminAct(
  name: string,
  handler: (
    request: PageRequest,
    deps: WebDeps,
    admin: Admin,
    log: WriteAuditEntry,
  ) => Promise<PageResponse> | PageResponse,
): PageHandler {
  return async (request, deps) => {
    const admin = await findAdmin(request, deps);
    if (admin === null) return askWhoItIs(request);
    if (admin.role !== 'admin') return framed(refuseViewer(request), admin, request);
    const log: WriteAuditEntry = (tx, entry) =>
      writeAudit(tx, { ...entry, actor: admin.email, act: name, now: request.now });
    return framed(await handler(request, deps, admin, log), admin, request);
  };
}

/** The reason given in a form, 3 to 500 characters long, or null. */
export function readReason({ form }: PageRequest): string | null {
  const reason = field(form, 'reason')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .toWellFormed();
  return reason.length >= 3 && reason.length <= 500 ? reason : null;
}

/**
 * The sign-in page. `typed` is the invalid address to show again; a form of another page may hold a reader's address.
 */
export function askWhoItIs(
  { wording, query }: PageRequest,
  { status = 401, typed = null }: { status?: number; typed?: string | null } = {},
): PageResponse {
  return {
    page: 'admin-sign-in',
    title: wording.say('admin.sign-in.title'),
    view: {
      isWrong: typed !== null,
      isForgotten: 'entered' in query,
      email: typed ?? '',
      languages: [],
    },
    status,
  };
}

/** A page with a heading, sentences, and a link onward. */
export function tellAdmin(
  title: string,
  sentences: readonly string[],
  how: { status?: number; next?: { href: string; text: string } } = {},
): PageResponse {
  return {
    page: 'admin-message',
    title,
    view: { sentences, next: how.next ?? null },
    status: how.status ?? 200,
  };
}

/** The page a viewer gets instead of an action. */
export function refuseViewer({ wording }: PageRequest): PageResponse {
  return tellAdmin(wording.say('admin.viewer.title'), [wording.say('admin.viewer.what')], {
    status: 403,
    next: { href: '/admin', text: wording.say('admin.menu.overview') },
  });
}

/** Adds the frame of every admin page: who is signed in, and the menu. */
function framed(answer: PageResponse, admin: Admin, request: PageRequest): PageResponse {
  if (!('page' in answer)) return answer;
  const own = itemOf(request.path);
  const items = menu.map(({ path, message }) => ({
    ...{ path, name: request.wording.say(message) },
    current: path === request.path ? 'page' : path === own ? 'true' : null,
  }));
  return { ...answer, view: { admin, menu: items, languages: [], ...answer.view } };
}
