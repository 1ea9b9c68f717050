import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { openKeys } from '../../../src/keys.ts';
import { makeDerivedLink } from '../../../src/web/manage/derived-link.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { askForLink, signIn } from '../../support/sign-in.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const openWorld = useWorlds();
let world: World;
let pages: Pages;
afterEach(() => pages.close());

async function open() {
  world = await openWorld({ days: [{ timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001')] }] });
  pages = await servePages(world);
  await world.subscribe('ann@example.net', { trials: ['NCT09900001'], conditions: ['asthma'] });
}
const manageMails = async () => (await world.mails()).filter(({ subject }) => subject?.includes('link'));

describe('the way to one’s subscriptions', () => {
  it('P12: is a mailed link that names nothing, works once and for an hour, and leads to everything', async () => {
    await open();
    const path = await askForLink(world, pages, 'ann@example.net');
    const [mail] = await manageMails();
    for (const part of ['NCT', 'asthma', 'Asthma']) expect(mail?.message).not.toContain(part);
    const shown = await pages.get(path);
    expect(shown.status).toBe(200);
    expect((await pages.get(`${path}.`)).text.replaceAll(`${path}.`, path)).toBe(shown.text);
    for (const part of ['NCT', 'asthma', 'example.net']) expect(shown.text).not.toContain(part);
    const entered = await pages.post(path, {});
    expect([entered.status, entered.headers.get('location')]).toEqual([303, '/manage?entered']);
    const cookie = entered.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^__Host-manage=.*; Max-Age=3600; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    expect((await pages.get('/manage?entered')).text).toContain('did not send back the cookie');
    const own = await pages.get('/manage?entered', { cookie: cookie.split(';')[0] ?? '' });
    for (const part of ['NCT09900001', 'asthma', 'ann@example.net']) expect(own.text).toContain(part);
    for (const again of [await pages.post(path, {}), await pages.get(path)]) {
      expect(again.status).toBe(410);
      expect(again.text).toContain('href="/manage"');
    }
    world.setNow('2026-11-02T13:00:01Z');
    expect((await pages.get('/manage', { cookie })).text).not.toContain('NCT09900001');
  });

  it('P1: of 50 who bring one link at once, one gets in', async () => {
    await open();
    const path = await askForLink(world, pages, 'ann@example.net');
    const answers = await Promise.all(Array.from({ length: 50 }, () => pages.post(path, {})));
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    const { rows } = await sql`select from tokens where purpose = 'manage-session'`.execute(world.context.db);
    expect(rows).toHaveLength(1);
  });

  it('E4: is not used up by GET, HEAD and OPTIONS', async () => {
    await open();
    const path = await askForLink(world, pages, 'ann@example.net');
    const before = await world.dump();
    for (const method of ['GET', 'HEAD', 'OPTIONS']) await fetch(pages.url + path, { method });
    expect(await world.dump()).toEqual(before);
    expect((await pages.post(path, {})).status).toBe(303);
  });

  it('P12: is an hour late after an hour', async () => {
    await open();
    const path = await askForLink(world, pages, 'ann@example.net');
    world.setNow('2026-11-02T13:00:00Z');
    expect((await pages.post(path, {})).status).toBe(410);
  });

  it('P2: is answered alike for everybody, and mailed only to those who confirmed something', async () => {
    await open();
    await world.subscribe('bob@example.net', { trials: ['NCT09900001'], consent: null });
    await world.subscribe('eve@example.net', { trials: ['NCT09900001'] });
    const { db, keys } = world.context;
    await sql`insert into suppressions values (${keys.hashAddress('eve@example.net')}, 'complaint', now())`.execute(
      db,
    );
    const answers = [];
    for (const email of ['ann', 'bob', 'eve', 'zoe'].map((name) => `${name}@example.net`)) {
      const { status, headers, text } = await pages.post('/manage', { email });
      const named = [...headers].filter(([name]) => name !== 'date' && name !== 'content-length');
      answers.push({ status, named, text: text.replaceAll(email, 'x').replace(/value="\d+\.[^"]+"/g, '') });
    }
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    await world.round();
    expect((await manageMails()).map(({ to }) => to?.[0]?.address)).toEqual(['ann@example.net']);
  });

  it('P3: goes out three times a day at most, and again the day after', async () => {
    await open();
    for (let time = 0; time < 5; time += 1) await askForLink(world, pages, 'ann@example.net');
    expect(await manageMails()).toHaveLength(3);
    world.setNow('2026-11-03T12:00:00Z');
    await askForLink(world, pages, 'ann@example.net');
    expect(await manageMails()).toHaveLength(4);
  });

  it('P12: starts from a digest too, with a page that names nothing and mails a fresh link', async () => {
    await open();
    const { rows } = await sql<{ id: number }>`select id from subscribers`.execute(world.context.db);
    const link = { id: rows[0]?.id ?? -1, generation: 1 };
    const path = `/manage/${makeDerivedLink(world.context.keys, 'manage', link)}`;
    const before = await world.dump();
    const shown = await pages.get(path);
    expect(await world.dump()).toEqual(before);
    expect(shown.text).not.toMatch(/NCT|asthma|example\.net/);
    const { status, headers, text } = await pages.post(path, {});
    expect([status, headers.get('set-cookie')]).toEqual([200, null]);
    expect(text).not.toContain('example.net');
    await world.round();
    expect((await manageMails()).map(({ to }) => to?.[0]?.address)).toEqual(['ann@example.net']);
  });

  it('reports a wrong address, and a link that is cut off, another person’s or made up', async () => {
    await open();
    const { status, text } = await pages.post('/manage', { email: 'ann at "home" <b>' });
    expect(status).toBe(422);
    expect(text).toContain('value="ann at &quot;home&quot; &lt;b&gt;"');
    expect(text).toMatch(/id="email-error"[\s\S]*aria-describedby="email-error"/);
    expect(await findHtmlFaults(text)).toEqual([]);
    const foreign = openKeys('a key of somebody else, forty characters long');
    const wrong = [
      'x',
      'A'.repeat(43),
      makeDerivedLink(foreign, 'manage', { id: 1, generation: 1 }),
      '1.1.x',
      '%00',
    ];
    for (const token of wrong)
      for (const answer of [await pages.get(`/manage/${token}`), await pages.post(`/manage/${token}`, {})]) {
        expect([404, 410]).toContain(answer.status);
        expect(answer.text).toContain('href="/manage"');
      }
  });

  it('P6: takes no form from another site, and ends when one signs out', async () => {
    await open();
    const me = await signIn(world, pages, 'ann@example.net');
    const foreign = await pages.post(
      '/manage/erase',
      {},
      { cookie: me.cookie, 'sec-fetch-site': 'cross-site' },
    );
    expect(foreign.status).toBe(403);
    expect((await me.get('/manage')).text).toContain('NCT09900001');
    const left = await me.post('/manage/leave', {});
    expect(left.headers.get('set-cookie')).toMatch(/^__Host-manage=; Max-Age=0;/);
    expect((await me.get('/manage')).text).not.toContain('NCT09900001');
    expect((await me.post('/manage/all', { act: 'stop' })).status).toBe(401);
  });
});
