import { afterEach, describe, expect, it } from 'vitest';
import { routes } from '../../../src/web/routes.ts';
import { signInAsAdmin } from '../../support/admin-sign-in.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { useWorlds, type World } from '../../support/world.ts';

const openWorld = useWorlds();
let world: World;
let pages: Pages;
afterEach(() => pages.close());

async function open() {
  world = await openWorld({
    config: { adminEmails: ['admin@example.org'], viewerEmails: ['viewer@example.org'] },
  });
  pages = await servePages(world);
  await world.subscribe('ann@example.net', { conditions: ['asthma'] });
}

/** The ways in and out, which are everybody's. */
const doors = ['/admin/sign-in', '/admin/enter/:token', '/admin/leave'];
const own = routes.filter(([, path]) => /^\/admin(\/|$)/.test(path) && !doors.includes(path));
const at = (path: string) => path.replace(/:\w+/g, '1');

describe('every page and act of the admins', () => {
  it('P8: a viewer can do no act: each is refused, and nothing has changed', async () => {
    await open();
    const guest = await signInAsAdmin(world, pages, 'viewer@example.org');
    const acts = own.filter(([method]) => method === 'POST').map(([, path]) => path);
    expect(acts.length).toBeGreaterThan(0);
    const before = await world.dump();
    for (const path of acts) {
      const { status, text } = await guest.post(at(path), { reason: 'because', act: 'release', sure: 'yes' });
      expect([path, status]).toEqual([path, 403]);
      expect(text).toContain('VIEWER_EMAILS');
    }
    expect(await world.dump()).toEqual(before);
  });

  it('P8: without a session nobody sees or does anything', async () => {
    await open();
    const before = await world.dump();
    for (const [method, path] of own) {
      const answer =
        method === 'GET' ? await pages.get(at(path)) : await pages.post(at(path), { reason: 'because' });
      expect([path, answer.status]).toEqual([path, 401]);
      expect(answer.text).toContain('action="/admin/sign-in"');
      expect(answer.text).not.toContain('class="staff');
    }
    expect(await world.dump()).toEqual(before);
  });

  it('P8: a session of the subscribers’ pages is none here', async () => {
    await open();
    const me = await signInAsAdmin(world, pages, 'admin@example.org');
    const cookie = me.cookie.replace('__Host-admin', '__Host-manage');
    expect((await pages.get('/admin', { cookie })).status).toBe(401);
    expect((await pages.get('/manage', { cookie: me.cookie })).text).not.toContain('asthma');
  });

  it('P8: a look changes nothing: no GET writes a row', async () => {
    await open();
    const me = await signInAsAdmin(world, pages, 'admin@example.org');
    const before = await world.dump();
    for (const [, path] of own.filter(([method]) => method === 'GET')) {
      const { status } = await me.get(at(path));
      expect([path, [200, 303, 404].includes(status)]).toEqual([path, true]);
    }
    expect(await world.dump()).toEqual(before);
  });
});
