import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { addAdminToken } from '../../../src/db/admin/admin-sessions.ts';
import { closeAmbiguous } from '../../../src/db/delivery/deliveries.ts';
import { makeToken } from '../../../src/keys.ts';
import { signInAsAdmin } from '../../support/admin-sign-in.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { readWords } from '../../support/html-text.ts';
import { openMailWorld } from '../../support/mail-world.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import type { SignedIn } from '../../support/sign-in.ts';
import { useWorlds, type World } from '../../support/world.ts';

const openWorld = useWorlds();
let pages: Pages;
afterEach(() => pages.close());

const email = 'admin@example.org';

/** The table of days, with the contents of its cells. */
function daysOf(text: string): Map<string, string[]> {
  const rows = text.matchAll(/<tr><th scope="row"><time datetime="([\d-]+)">[^<]+<\/time><\/th>(.*?)<\/tr>/g);
  return new Map(
    [...rows].map(([, day = '', cells = '']) => [
      day,
      [...cells.matchAll(/<td>(?:<span[^>]*>[^<]*<\/span>)?([^<]*)<\/td>/g)].map(([, cell]) => cell ?? ''),
    ]),
  );
}

/** How many bars each chart has. */
function barsOf(text: string): Record<string, number> {
  const charts = text.matchAll(/<svg class="bars" data-series="(\w+)"([\s\S]*?)<\/svg>/g);
  return Object.fromEntries(
    [...charts].map(([, name, inner = '']) => [name, inner.split('<rect').length - 1]),
  );
}

/** Somebody who signed in without a mail: this world's mails go to a server. */
async function signInAtOnce(world: World): Promise<SignedIn['get']> {
  const { db, now } = world.context;
  const { token, hash } = makeToken();
  const expiresAt = '2026-12-31T00:00:00.000Z';
  await addAdminToken(db, { hash, purpose: 'session', email, role: 'admin', createdAt: now(), expiresAt });
  return (path) => pages.get(path, { cookie: `__Host-admin=${token}` });
}

/** Mails that went well at these instants. */
async function addSent(world: World, ...instants: string[]): Promise<void> {
  await sql`insert into deliveries (kind, address, phase, due_at, planned_at, body_at, finished_at)
    select 'alert', 'a', 'sent', at, at, at, at from unnest(${instants}::timestamptz[]) at`.execute(
    world.context.db,
  );
}

describe('the page about mail', () => {
  it('P1: shows what real mails came to by day, by destination and mail by mail, and nobody’s address or own domain', async () => {
    const three = ['a', 'b', 'c'].map((name) => `${name}@clinic.example`);
    const people = [...three, 'ann@gmail.com', 'me@smith-family.example', 'x@lost.example', 'y@fine.example'];
    const mail = await openMailWorld({ people });
    try {
      const { world, sink, ids } = mail;
      Object.assign(world.context.config, { adminEmails: [email] });
      sink.fail({ at: 'rcpt', how: '550 5.1.1 <ann@gmail.com>: no <b>such</b> user' });
      for (const id of ids.slice(0, 5)) expect(await mail.send(id)).toBe('failed');
      sink.fail({ at: 'dot', how: 'drop' });
      expect(await mail.send(ids[5])).toBe('ambiguous');
      sink.fail();
      expect(await mail.send(ids[6])).toBe('sent');
      const { db, now } = world.context;
      await sql`insert into bounces select id, 'soft', subscriber_id, ${now()} from deliveries where id = ${ids[6]}`.execute(
        db,
      );
      pages = await servePages(world);
      const get = await signInAtOnce(world);
      const { text, status } = await get('/admin/mail');
      expect([status, await findHtmlFaults(text)]).toEqual([200, []]);
      expect(daysOf(text).size).toBe(14);
      expect(daysOf(text).get('2026-11-04')).toEqual(['7', '1', '1', '5', '1']);
      expect(daysOf(text).get('2026-11-03')).toEqual(['0', '0', '0', '0', '0']);
      expect(barsOf(text)).toEqual({ due: 1, sent: 1, doubted: 1, failed: 1, returned: 1 });
      const words = readWords(text);
      expect(words).toContain('7 in all, most on November 4, 2026: 7.');
      expect(words).toContain('No email is due that was not sent.');
      expect(words).toMatch(/clinic\.example 3 0 gmail\.com 1 0 Other domains 1 1/);
      expect(words).toContain(`Email ${ids[5]}: digest November 4, 2026`);
      expect(words).toMatch(/In doubt\. It is sent once more/);
      expect(text.match(/href="\/admin\/subscribers\/\d+"/g)).toHaveLength(6);
      expect(words).toContain('550 5.1.1 <[address]>: no <b>such</b> user');
      for (const secret of ['smith-family', 'lost.example', 'fine.example', 'gmail.com>', '@clinic', '<b>'])
        expect(text).not.toContain(secret);

      await closeAmbiguous(db, now(), now());
      expect(readWords((await get('/admin/mail')).text)).toMatch(
        /1 email is due and waits, the first since November 4/,
      );
      sink.fail({ at: 'dot', how: 'drop' });
      expect(await mail.send(ids[5])).toBe('ambiguous');
      expect(readWords((await get('/admin/mail')).text)).toContain(
        'Left in doubt: it arrived, or it did not.',
      );
    } finally {
      await mail.close();
    }
  });

  it('counts days as they are in the admins’ zone, an hour longer when clocks go back, and says what is not kept', async () => {
    const config = { adminEmails: [email], defaultTimezone: 'America/New_York' };
    const world = await openWorld({ config, now: '2026-11-04T15:00:00Z' });
    pages = await servePages(world);
    const admin = await signInAsAdmin(world, pages, email);
    await sql`delete from deliveries`.execute(world.context.db);
    await addSent(
      world,
      ...[
        '2026-11-01T03:59:59.999Z',
        '2026-11-01T04:00:00Z',
        '2026-11-02T04:59:59.999Z',
        '2026-11-02T05:00:00Z',
      ],
      ...['2026-10-08T12:00:00Z', '2026-10-06T03:00:00Z', '2026-11-05T05:00:00Z'],
    );
    const { text } = await admin.get('/admin/mail?days=30');
    expect(await findHtmlFaults(text)).toEqual([]);
    const sent = new Map([...daysOf(text)].map(([day, cells]) => [day, cells[1]]));
    expect([...sent].filter(([, count]) => count !== '0')).toEqual([
      ['2026-11-02', '1'],
      ['2026-11-01', '2'],
      ['2026-10-31', '1'],
      ['2026-10-08', '1'],
    ]);
    expect(sent.size).toBe(30);
    const returned = [...daysOf(text).values()].map((cells) => cells[4]);
    expect(returned).toEqual([...Array(14).fill('0'), ...Array(16).fill('–')]);
    expect(daysOf((await admin.get('/admin/mail?days=x')).text).size).toBe(14);
  });

  it('P9: lists each mail that failed or is in doubt once, page by page', async () => {
    const world = await openWorld({ config: { adminEmails: [email] } });
    pages = await servePages(world);
    const admin = await signInAsAdmin(world, pages, email);
    await sql`insert into deliveries (kind, address, phase, due_at, planned_at, body_at, finished_at, reply, was_ambiguous)
      select 'alert', 'a', case n % 3 when 0 then 'failed' when 1 then 'ambiguous' else 'sent' end, now(), now(), now(),
        case when n % 3 <> 1 then now() end, 'reply ' || n || ' <i>ann@example.net</i>', n % 3 = 1
      from generate_series(1, 180) n`.execute(world.context.db);
    const seen: number[] = [];
    let at = 0;
    for (let path: string | undefined = '/admin/mail'; path !== undefined; at += 1) {
      const { text } = await admin.get(path);
      expect(await findHtmlFaults(text)).toEqual([]);
      for (const secret of ['<i>', 'ann@']) expect(text).not.toContain(secret);
      // No empty chart is drawn, only named.
      expect(Object.keys(barsOf(text)).sort()).toEqual(at === 0 ? ['due', 'sent'] : []);
      expect(/No email in these days: (.+?)\./.exec(readWords(text))?.[1] ?? '').toMatch(
        at === 0 ? /^In doubt, Failed, and Came back$/ : /^$/,
      );
      seen.push(...[...text.matchAll(/reply (\d+)/g)].map(([, n]) => Number(n)));
      path = /href="([^"]+)#trouble" rel="next"/.exec(text)?.[1];
    }
    expect(seen).toEqual(Array.from({ length: 180 }, (_, n) => 180 - n).filter((n) => n % 3 !== 2));
  });

  it('says in words that there is nothing; an alarm about mail leads here', async () => {
    const world = await openWorld({ config: { adminEmails: [email] } });
    pages = await servePages(world);
    const admin = await signInAsAdmin(world, pages, email);
    const words = readWords((await admin.get('/admin/mail')).text);
    expect(words).toContain('No email failed or came back in the last 7 days.');
    expect(words).toContain('No email that is kept failed or is in doubt.');
    await sql`insert into alerts values ('mail-uncertain', 'x', now(), null)`.execute(world.context.db);
    const { text } = await admin.get('/admin');
    expect(text.slice(text.indexOf('<main'))).toMatch(/class="note warn"[\s\S]*?href="\/admin\/mail"/);
  });
});
