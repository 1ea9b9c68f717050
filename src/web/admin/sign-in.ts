import { z } from 'zod';
import { findStaff } from '../../core/staff.ts';
import type { AdminLinkAsk } from '../../core/subscriptions/manage-asks.ts';
import {
  addAdminToken,
  consumeAdminLink,
  endAdminSession,
  findAdminToken,
} from '../../db/admin/admin-sessions.ts';
import { writeAudit } from '../../db/audit-log.ts';
import { hashToken, makeToken } from '../../keys.ts';
import { type Answer, field, type Visit } from '../http/page-response.ts';
import type { WebParts } from '../http/web-deps.ts';
import { submitRequest } from '../shared/submit-request.ts';
import { adminSessionSeconds, askWhoItIs, findAdmin, tellAdmin } from './guard.ts';

/** Leaves it to the workers to mail a link: the answer is the same whoever asks (P2). */
export async function askForAdminLink(visit: Visit, parts: WebParts): Promise<Answer> {
  const { form, wording, now } = visit;
  const email = field(form, 'email');
  if (email.length > 254 || !z.email().safeParse(email).success)
    return askWhoItIs(visit, { status: 422, typed: email });
  const ask: AdminLinkAsk = { email };
  await submitRequest(parts, 'admin-link', ask, now);
  const { say } = wording;
  return unsigned(
    tellAdmin(say('admin.asked.title'), [
      say('admin.asked.what', { email }),
      say('admin.asked.who'),
      say('admin.asked.long'),
    ]),
  );
}

/** A page with one button behind the mailed link: looking at it uses nothing up (E4). */
export async function showAdminEntrance(visit: Visit, { db }: WebParts): Promise<Answer> {
  const { wording, now, params, path } = visit;
  const hash = hashToken(params.token ?? '');
  if ((await findAdminToken(db, { hash, purpose: 'link', now })) === null) return explainAdminLink(visit);
  return {
    page: 'admin-entrance',
    title: wording.say('admin.enter.title'),
    view: { action: path, languages: [] },
  };
}

/** Signs in the browser that brought a mailed link, once. */
export async function enterAdmin(visit: Visit, parts: WebParts): Promise<Answer> {
  const { now, params } = visit;
  const session = await parts.db.transaction().execute(async (tx) => {
    const used = await consumeAdminLink(tx, { hash: hashToken(params.token ?? ''), now });
    // Who is no admin any more since the link was mailed gets in no more.
    const staff = used && findStaff(parts.config, used.email);
    if (!staff) return null;
    const { token, hash } = makeToken();
    const expiresAt = new Date(Date.parse(now) + adminSessionSeconds * 1_000).toISOString();
    const id = await addAdminToken(tx, { ...staff, hash, purpose: 'session', createdAt: now, expiresAt });
    const { email: actor, role } = staff;
    await writeAudit(tx, { actor, act: 'sign-in', subject: `session ${id}`, details: { role }, now });
    return token;
  });
  if (session === null) return explainAdminLink(visit);
  return {
    seeOther: '/admin',
    cookies: [{ name: 'admin', value: session, maxAgeSeconds: adminSessionSeconds }],
  };
}

/** Signs this browser out: its session is over in the database too (P8). */
export async function leaveAdmin(visit: Visit, parts: WebParts): Promise<Answer> {
  const { wording, now } = visit;
  const admin = await findAdmin(visit, parts);
  if (admin) {
    await parts.db.transaction().execute(async (tx) => {
      if (!(await endAdminSession(tx, admin.sessionId, now))) return;
      await writeAudit(tx, {
        actor: admin.email,
        act: 'sign-out',
        subject: `session ${admin.sessionId}`,
        now,
      });
    });
  }
  return {
    ...unsigned(tellAdmin(wording.say('admin.left.title'), [wording.say('admin.left.what')], back(visit))),
    cookies: [{ name: 'admin', value: '', maxAgeSeconds: 0 }],
  };
}

function explainAdminLink(visit: Visit): Answer {
  const { say } = visit.wording;
  const told = tellAdmin(say('admin.link.title'), [say('admin.link.what')], { status: 410, ...back(visit) });
  return unsigned(told);
}

function back({ wording }: Visit): { next: { href: string; text: string } } {
  return { next: { href: '/admin', text: wording.say('admin.sign-in.title') } };
}

/** The frame for who is not signed in: no menu. */
function unsigned(answer: Answer): Answer {
  if (!('page' in answer)) return answer;
  return { ...answer, view: { ...answer.view, admin: null, languages: [] } };
}
