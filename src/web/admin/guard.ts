import { findStaff, type Staff } from '../../core/staff.ts';
import { endAdminSession, findAdminToken } from '../../db/admin/admin-sessions.ts';
import { writeAudit } from '../../db/audit-log.ts';
import type { Tx } from '../../db/connect.ts';
import { hashToken } from '../../keys.ts';
import { field, type PageHandler, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { menu } from './menu.ts';

/** How long somebody stays signed in on the admins' pages, in seconds. */
export const adminSessionSeconds = 12 * 3_600;

/** What the admins' pages are written in, whatever a browser asks for. */
export const adminLanguage = 'en';

/** Whether a route belongs to the admins' pages. */
export function isForAdmins(url: string): boolean {
  return url === '/admin' || url.startsWith('/admin/');
}

/** Who is signed in. */
export type Admin = Staff & { sessionId: number };

/** Writes what is being done to the audit log, under the name of who does it: in the transaction that does it (P8). */
export type WriteLog = (
  tx: Tx,
  entry: { subject: string; reason?: string | null; details?: Record<string, unknown> },
) => Promise<void>;

/** Who is signed in in this browser; null when nobody is, twelve hours are over, or their rights are others by now (P8). */
export async function findAdmin(
  { cookies, now }: Pick<PageRequest, 'cookies' | 'now'>,
  { db, config }: WebDeps,
): Promise<Admin | null> {
  if (cookies.admin === undefined) return null;
  const session = await findAdminToken(db, { hash: hashToken(cookies.admin), purpose: 'session', now });
  if (!session) return null;
  const staff = findStaff(config, session.email);
  if (staff?.role === session.role) return { ...staff, sessionId: session.id };
  // Over for good: rights that come back do not bring it back.
  await endAdminSession(db, session.id, now);
  return null;
}

/** A page for whoever is signed in, viewers too: it changes nothing. Everybody else is asked for their address. */
export function adminPage(
  handler: (request: PageRequest, deps: WebDeps, admin: Admin) => Promise<PageResponse> | PageResponse,
): PageHandler {
  return async (request, deps) => {
    const admin = await findAdmin(request, deps);
    return admin === null ? askWhoItIs(request) : framed(await handler(request, deps, admin), admin, request);
  };
}

/**
 * An act, for admins alone: viewers get a page that says so, and nothing is done. `name` is what the audit log calls it;
 * the handler calls `log` in the transaction in which it acts, and a look at an address is an act.
 */
export function adminAct(
  name: string,
  handler: (
    request: PageRequest,
    deps: WebDeps,
    admin: Admin,
    log: WriteLog,
  ) => Promise<PageResponse> | PageResponse,
): PageHandler {
  return async (request, deps) => {
    const admin = await findAdmin(request, deps);
    if (admin === null) return askWhoItIs(request);
    if (admin.role !== 'admin') return framed(refuseViewer(request), admin, request);
    const log: WriteLog = (tx, entry) =>
      writeAudit(tx, { ...entry, actor: admin.email, act: name, now: request.now });
    return framed(await handler(request, deps, admin, log), admin, request);
  };
}

/** The reason given in a form, when it says something: 3 to 500 characters. Null otherwise. */
export function readReason({ form }: PageRequest): string | null {
  const reason = field(form, 'reason')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .toWellFormed();
  return reason.length >= 3 && reason.length <= 500 ? reason : null;
}

/** The page on which admins sign in. `typed`: what was wrong there. A form of another page may hold a reader's address. */
export function askWhoItIs(
  { wording }: PageRequest,
  { status = 401, typed = null }: { status?: number; typed?: string | null } = {},
): PageResponse {
  return {
    page: 'admin-sign-in',
    title: wording.say('admin.sign-in.title'),
    view: { isWrong: typed !== null, email: typed ?? '', languages: [] },
    status,
  };
}

/** A page with one message: a heading, sentences, and a way on. */
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

/** What a viewer gets instead of an act. */
export function refuseViewer({ wording }: PageRequest): PageResponse {
  return tellAdmin(wording.say('admin.viewer.title'), [wording.say('admin.viewer.what')], {
    status: 403,
    next: { href: '/admin', text: wording.say('admin.menu.overview') },
  });
}

/** What every page of theirs shows beside its own: who is signed in, and the ways to the others. */
function framed(answer: PageResponse, admin: Admin, request: PageRequest): PageResponse {
  if (!('page' in answer)) return answer;
  const items = menu.map(({ path, message }) => ({ path, name: request.wording.say(message) }));
  return { ...answer, view: { admin, menu: items, languages: [], ...answer.view } };
}
