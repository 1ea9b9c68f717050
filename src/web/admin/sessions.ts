import { listAdminSessions } from '../../db/admin/admin-sessions.ts';
import { endSessionOf } from '../../use-cases/admin/admin-session.ts';
import { parseId } from '../http/params.ts';
import { adminAct, adminPage, tellAdmin } from './guard.ts';

/** The open admin sessions. */
export const showSessions = adminPage(async ({ wording, now }, { db, config }, admin) => {
  const sessions = await listAdminSessions(db, now);
  return {
    page: 'admin-sessions',
    title: wording.say('admin.sessions.title'),
    view: {
      sessions: sessions.map(({ id, email, role, createdAt, expiresAt }) => ({
        id,
        email,
        role: wording.say(`admin.role.${role}`),
        since: wording.moment(createdAt, config.defaultTimezone),
        until: wording.moment(expiresAt, config.defaultTimezone),
        isOwn: id === admin.sessionId,
      })),
    },
  };
});

/** Ends a session at once. */
export const handleEndSession = adminAct(
  'end-session',
  async ({ wording, params, now }, deps, _admin, log) => {
    const id = parseId(params.id ?? '');
    const ended = id !== null && (await endSessionOf(deps, log, id, now));
    if (ended) return { seeOther: '/admin/sessions' };
    const { say } = wording;
    return tellAdmin(say('admin.sessions.over.title'), [say('admin.sessions.over')], {
      status: 409,
      next: { href: '/admin/sessions', text: say('admin.sessions.title') },
    });
  },
);
