import { sql } from 'kysely';
import type { Role } from '../../src/core/staff.ts';
import { addAdminToken } from '../../src/db/admin/admin-sessions.ts';
import { makeToken } from '../../src/keys.ts';
import { adminSessionMs } from '../../src/use-cases/admin/admin-session.ts';
import { type Pages, servePages } from './pages.ts';
import type { SignedIn } from './sign-in.ts';
import { study } from './study.ts';
import type { World, WorldOptions } from './world.ts';

/** The admins and the viewer of this world. */
export const staff = {
  me: 'me@charity.example',
  other: 'other@charity.example',
  guest: 'guest@charity.example',
};

/** The trial that Ann follows besides asthma. */
export const trialId = 'NCT09900001';

/**
 * Ann is subscriber 1, follows a trial and asthma and keeps a private note and a named list; Bob is 2 and follows
 * asthma.
 */
export type PeopleWorld = {
  world: World;
  pages: Pages;
  me: SignedIn;
  other: SignedIn;
  guest: SignedIn;
  /** Ann's page. */
  ann: string;
  /** Her subscriptions, oldest first. */
  subscriptions(): Promise<{ id: number; state: string; words: string }[]>;
  /** The audit log, oldest first. */
  log(): Promise<LogRow[]>;
  /** Makes the audit log read-only until the returned function is called. */
  breakLog(): Promise<() => Promise<void>>;
  close(): Promise<void>;
};

export type LogRow = {
  actor: string;
  act: string;
  subject: string;
  reason: string | null;
  details: Record<string, unknown>;
};

/** Opens the admin pages. Close them before the world. */
export async function openPeople(
  openWorld: (options: WorldOptions) => Promise<World>,
  options: WorldOptions = {},
): Promise<PeopleWorld> {
  const config = { adminEmails: [staff.me, staff.other], viewerEmails: [staff.guest] };
  const days = [{ timestamp: '2026-11-02T09:00:04', studies: [study(trialId)] }];
  const world = await openWorld({ days, config, ...options });
  const { db, keys } = world.context;
  await world.subscribe('ann@example.net', { trials: [trialId], conditions: ['asthma'] });
  await world.subscribe('bob@example.net', { conditions: ['asthma'] });
  await sql`update subscriptions set note = ${keys.encrypt('for my sister')}, list_name = ${keys.encrypt('Family')}
    where subscriber_id = 1`.execute(db);
  const pages = await servePages(world);
  const [me, other, guest] = await Promise.all([
    openSession(world, pages, staff.me, 'admin'),
    openSession(world, pages, staff.other, 'admin'),
    openSession(world, pages, staff.guest, 'viewer'),
  ]);
  return {
    world,
    pages,
    me,
    other,
    guest,
    ann: '/admin/subscribers/1',
    async subscriptions() {
      const { rows } = await sql<{ id: number; state: string; words: string }>`
        select id, state, words from subscriptions where subscriber_id = 1 order by id`.execute(db);
      return rows;
    },
    async log() {
      const { rows } = await sql<LogRow>`select actor, act, subject, reason, details from audit_log
        where act <> 'sign-in' order by id`.execute(db);
      return rows;
    },
    async breakLog() {
      await sql`create trigger broken before insert on audit_log for each row execute function refuse_change()`.execute(
        db,
      );
      return async () => {
        await sql`drop trigger broken on audit_log`.execute(db);
      };
    },
    close: () => pages.close(),
  };
}

/** Makes a session without the sign-in mail. */
export async function openSession(world: World, pages: Pages, email: string, role: Role): Promise<SignedIn> {
  const { token, hash } = makeToken();
  const { db, now } = world.context;
  const expiresAt = new Date(Date.parse(now()) + adminSessionMs).toISOString();
  await addAdminToken(db, { hash, purpose: 'session', email, role, createdAt: now(), expiresAt });
  const cookie = `__Host-admin=${token}`;
  return {
    cookie,
    get: (path) => pages.get(path, { cookie }),
    post: (path, fields) => pages.post(path, fields, { cookie }),
  };
}

/** Data about Ann that no page shows unasked, and data that no page ever shows. */
export const secrets = ['ann@', 'example.net', 'for my sister', 'Family'];
