import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { listAudit } from '../../../src/db/audit-log.ts';
import { askForAdminLink, signInAsAdmin } from '../../support/admin-sign-in.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { useWorlds, type World } from '../../support/world.ts';

const openWorld = useWorlds();
let world: World;
let pages: Pages;
afterEach(() => pages.close());

const admin = 'Volunteer@example.org';
const viewer = 'viewer@example.org';

async function open() {
  world = await openWorld({ config: { adminEmails: [admin], viewerEmails: [viewer] } });
  pages = await servePages(world);
}
const acts = async () => {
  const filter = { actor: null, act: null, subject: null, from: null, until: null };
  const rows = await listAudit(world.context.db, filter, { before: null, limit: 100 });
  return rows.map(({ actor, act, subject }) => [actor, act, subject]);
};

describe('the way to the admins’ pages', () => {
  it('P8: is a mailed link that works once and for an hour, and opens a session of twelve hours', async () => {
    await open();
    const path = await askForAdminLink(world, pages, admin);
    expect((await pages.get(path)).status).toBe(200);
    const entered = await pages.post(path, {});
    expect([entered.status, entered.headers.get('location')]).toEqual([303, '/admin?entered']);
    const cookie = entered.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^__Host-admin=.*; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    const session = { cookie: cookie.split(';')[0] ?? '' };
    expect((await pages.get('/admin', session)).text).toContain(admin);
    for (const again of [await pages.post(path, {}), await pages.get(path)]) expect(again.status).toBe(410);
    const late = await askForAdminLink(world, pages, admin);
    world.setNow('2026-11-02T13:00:00Z');
    expect((await pages.post(late, {})).status).toBe(410);
    world.setNow('2026-11-02T23:59:59Z');
    expect((await pages.get('/admin', session)).status).toBe(200);
    world.setNow('2026-11-03T00:00:00Z');
    expect((await pages.get('/admin', session)).status).toBe(401);
  });

  it('P1: of 50 who bring one link at once, one gets in', async () => {
    await open();
    const path = await askForAdminLink(world, pages, admin);
    const answers = await Promise.all(Array.from({ length: 50 }, () => pages.post(path, {})));
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    const { rows } = await sql`select from admin_tokens where purpose = 'session'`.execute(world.context.db);
    expect(rows).toHaveLength(1);
    expect((await acts()).map(([, act]) => act)).toEqual(['sign-in']);
  });

  it('E4: is not used up by GET, HEAD and OPTIONS', async () => {
    await open();
    const path = await askForAdminLink(world, pages, admin);
    const before = await world.dump();
    for (const method of ['GET', 'HEAD', 'OPTIONS']) await fetch(pages.url + path, { method });
    expect(await world.dump()).toEqual(before);
    expect((await pages.post(path, {})).status).toBe(303);
  });

  it('P2: is answered alike for everybody, and mailed to the configured addresses alone', async () => {
    await open();
    await world.subscribe('ann@example.net', { conditions: ['asthma'] });
    const answers = [];
    const asked = [admin.toLowerCase(), viewer, 'ann@example.net', 'zoe@example.net'];
    for (const email of asked) {
      const { status, headers, text } = await pages.post('/admin/sign-in', { email });
      const named = [...headers].filter(([name]) => name !== 'date' && name !== 'content-length');
      answers.push({ status, named, text: text.replaceAll(email, 'x').replace(/value="\d+\.[^"]+"/g, '') });
    }
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    await world.round();
    const got = (await world.mails()).filter(({ subject }) => subject?.includes('admin'));
    expect(got.map(({ to }) => to?.[0]?.address).sort()).toEqual([admin, viewer].sort());
  });

  it('P3: is mailed at once ten times a day, then every half hour: a stranger’s requests neither lock out nor flood anyone', async () => {
    await open();
    const startMs = Date.parse('2026-11-02T12:00:00Z');
    const ask = async (times: number) => {
      for (let time = 0; time < times; time += 1) await pages.post('/admin/sign-in', { email: admin });
      await world.round();
      return (await world.mails(admin)).length;
    };
    const newest = async () => {
      const texts = (await world.mails(admin)).map(
        ({ text = '' }) => /\/admin\/enter\/[\w-]{43}/.exec(text)?.[0],
      );
      return texts.at(-1) ?? '';
    };
    // The ten, and the first of those beyond.
    expect(await ask(20)).toBe(11);
    // Asked for every ten minutes by somebody else, for a day: at any time the newest link in the mailbox works.
    for (let minutes = 10; minutes < 24 * 60; minutes += 10) {
      world.setNow(new Date(startMs + minutes * 60_000).toISOString());
      expect(await ask(1)).toBe(11 + Math.floor(minutes / 30));
      expect((await pages.get(await newest())).status).toBe(200);
    }
    expect((await pages.post(await newest(), {})).status).toBe(303);
    // And others are counted for themselves.
    expect(await askForAdminLink(world, pages, viewer)).not.toBe('');
  });

  it('P8: there is no default account: without ADMIN_EMAILS nobody gets a link, or in', async () => {
    await open();
    const path = await askForAdminLink(world, pages, admin);
    const { config } = world.context;
    config.adminEmails.length = 0;
    expect((await pages.post(path, {})).status).toBe(410);
    expect(await askForAdminLink(world, pages, admin)).toBe('');
    expect((await pages.get('/admin', { cookie: '__Host-admin=' })).status).toBe(401);
    expect(await acts()).toEqual([]);
  });

  it('reports a wrong address, and a link that is cut off or made up, in any language', async () => {
    await open();
    const { status, text } = await pages.post('/admin/sign-in', { email: 'ann at "home" <b>' });
    expect(status).toBe(422);
    expect(text).toContain('value="ann at &quot;home&quot; &lt;b&gt;"');
    expect(text).toMatch(/id="email-error"[\s\S]*aria-describedby="email-error"/);
    expect(await findHtmlFaults(text)).toEqual([]);
    for (const token of ['x', 'A'.repeat(43), '%00'])
      for (const answer of [
        await pages.get(`/admin/enter/${token}`),
        await pages.post(`/admin/enter/${token}`, {}),
      ]) {
        expect(answer.status).toBe(410);
        expect(answer.text).toContain('href="/admin"');
      }
    const inSpanish = await pages.get('/admin?lang=es', { 'accept-language': 'es' });
    expect(inSpanish.text).toContain('<html lang="en">');
    expect(inSpanish.headers.get('content-language')).toBe('en');
  });
});

describe('a session on the admins’ pages', () => {
  it('P8: ends on signing out, for its browser alone', async () => {
    await open();
    const [here, there] = [
      await signInAsAdmin(world, pages, admin),
      await signInAsAdmin(world, pages, admin),
    ];
    const left = await here.post('/admin/leave', {});
    expect(left.headers.get('set-cookie')).toMatch(/^__Host-admin=; Max-Age=0;/);
    expect(await findHtmlFaults(left.text)).toEqual([]);
    expect([(await here.get('/admin')).status, (await there.get('/admin')).status]).toEqual([401, 200]);
    expect(await acts()).toEqual([
      [admin, 'sign-out', 'session 2'],
      [admin, 'sign-in', 'session 4'],
      [admin, 'sign-in', 'session 2'],
    ]);
  });

  it('P8: ends when its owner gets other rights, more as well as less', async () => {
    await open();
    const { config } = world.context;
    const me = await signInAsAdmin(world, pages, admin);
    config.adminEmails.length = 0;
    expect((await me.get('/admin')).status).toBe(401);
    config.viewerEmails.push(admin);
    expect((await me.get('/admin')).status).toBe(401);
    const other = await signInAsAdmin(world, pages, viewer);
    expect((await other.get('/admin')).status).toBe(200);
    config.adminEmails.push(viewer);
    expect((await other.get('/admin')).status).toBe(401);
    // An ended session stays ended when the rights come back.
    config.viewerEmails.splice(config.viewerEmails.indexOf(admin), 1);
    config.adminEmails.splice(0, 1, admin);
    expect([(await me.get('/admin')).status, (await other.get('/admin')).status]).toEqual([401, 401]);
  });

  it('P8: is seen by all, and ended by an admin at once and only once', async () => {
    await open();
    const [me, guest] = [await signInAsAdmin(world, pages, admin), await signInAsAdmin(world, pages, viewer)];
    const { text } = await me.get('/admin/sessions');
    for (const part of [admin, viewer, 'this browser']) expect(text).toContain(part);
    expect(await findHtmlFaults(text)).toEqual([]);
    const action = /action="(\/admin\/sessions\/\d+\/end)"/.exec(text)?.[1] ?? '';
    expect((await guest.get('/admin/sessions')).text).not.toContain('/end"');
    const answers = await Promise.all([me.post(action, {}), me.post(action, {})]);
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409]);
    expect((await guest.get('/admin')).status).toBe(401);
    expect((await acts()).filter(([, act]) => act === 'end-session')).toHaveLength(1);
    expect((await me.post('/admin/sessions/x/end', {})).status).toBe(409);
  });

  it('P6: takes no form from another site', async () => {
    await open();
    const me = await signInAsAdmin(world, pages, admin);
    const foreign = { cookie: me.cookie, 'sec-fetch-site': 'cross-site' };
    for (const path of ['/admin/leave', '/admin/sign-in', '/admin/sessions/2/end'])
      expect((await pages.post(path, { email: admin }, foreign)).status).toBe(403);
    // A browser that says nothing of where it comes from has to bring what its own pages hold, not what anybody's do.
    const tokenOf = (text: string) => /name="form" value="([^"]+)"/.exec(text)?.[1] ?? '';
    const strangers = tokenOf((await pages.get('/manage')).text);
    const own = tokenOf((await me.get('/admin')).text);
    const end = async (form: string) => {
      const headers = { cookie: me.cookie, origin: 'null' };
      const body = new URLSearchParams({ form });
      return (await fetch(`${pages.url}/admin/sessions/99/end`, { method: 'POST', body, headers })).status;
    };
    expect([strangers.length > 20, await end(strangers), await end(own)]).toEqual([true, 403, 409]);
    expect((await me.get('/admin')).status).toBe(200);
  });
});
