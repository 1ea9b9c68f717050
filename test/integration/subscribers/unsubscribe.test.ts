import { sql } from 'kysely';
import PostalMime from 'postal-mime';
import { afterEach, describe, expect, it } from 'vitest';
import { beginBody, claimDelivery } from '../../../src/db/delivery/deliveries.ts';
import { rekeyDatabase } from '../../../src/db/maintenance/rekey.ts';
import { checkSecretKey } from '../../../src/db/settings.ts';
import { lockSubscriber } from '../../../src/db/subscribers/subscription-state.ts';
import { openKeys } from '../../../src/keys.ts';
import { stopSubscriptions } from '../../../src/use-cases/subscriptions/change-state.ts';
import { makeDerivedLink } from '../../../src/web/manage/derived-link.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { type Gate, openGate } from '../../support/gate.ts';
import { type MailWorld, openMailWorld } from '../../support/mail-world.ts';
import { type Pages, servePages } from '../../support/pages.ts';

let mail: MailWorld;
let pages: Pages;
let gate: Gate | null = null;
afterEach(async () => {
  await pages.close();
  await gate?.close();
  gate = null;
  await mail.close();
});

async function open(options: Parameters<typeof openMailWorld>[0] = {}) {
  mail = await openMailWorld(options);
  pages = await servePages(mail.world);
}

/** The path of the personal page as it stands in the mail that the server got. */
async function pathFromMail(): Promise<string> {
  await mail.send();
  const header = /^List-Unsubscribe: <([^>]+)>/im.exec(mail.sink.mails[0]?.message.toString() ?? '')?.[1];
  return new URL(header ?? '').pathname;
}

const tokenOf = (id: number, generation = 1) =>
  makeDerivedLink(mail.world.context.keys, 'unsubscribe', { id, generation });
const subscriberId = async () => {
  const { rows } = await sql<{ id: number }>`select id from subscribers order by id`.execute(
    mail.world.context.db,
  );
  return rows[0]?.id ?? -1;
};
const states = async () => {
  const { rows } = await sql<{ state: string }>`select state from subscriptions order by id`.execute(
    mail.world.context.db,
  );
  return rows.map(({ state }) => state);
};

/** The one click of a mailbox provider: no cookie, no origin, nothing but the form. */
async function oneClick(path: string, body: URLSearchParams | FormData) {
  const response = await fetch(pages.url + path, { method: 'POST', body, redirect: 'manual' });
  return { status: response.status, text: await response.text(), cookie: response.headers.get('set-cookie') };
}
const urlencoded = () => new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
function multipart() {
  const form = new FormData();
  form.set('List-Unsubscribe', 'One-Click');
  return form;
}

describe('one click (RFC 8058)', () => {
  it('E3: stops everything, urlencoded and multipart, three times over, without a redirect', async () => {
    for (const body of [urlencoded, multipart]) {
      await open({ wish: { trials: ['NCT09900001'], conditions: ['asthma'] } });
      const path = await pathFromMail();
      for (let time = 0; time < 3; time += 1) {
        const { status, cookie } = await oneClick(path, body());
        expect([status, cookie]).toEqual([200, null]);
        expect(await states()).toEqual(['ended', 'ended']);
      }
      await pages.close();
      await mail.close();
    }
    await open();
  });

  it('E3: answers 200 for an erased person, and for a link under a former key', async () => {
    await open();
    const path = `/unsubscribe/${tokenOf(await subscriberId())}`;
    const { db } = mail.world.context;
    await checkSecretKey(db, mail.world.context.keys.fingerprint);
    const older = openKeys('an older key of the tests, forty characters');
    const former = mail.world.context.keys;
    await sql`delete from subscribers`.execute(db);
    expect((await oneClick(path, urlencoded())).status).toBe(200);
    expect((await pages.get(path)).status).toBe(200);
    await db.destroy();
    await pages.close();
    await rekeyDatabase(mail.world.databaseUrl, former, older);
    pages = await servePages({ ...mail.world, context: mail.world.another({ keys: older }) });
    expect((await oneClick(path, urlencoded())).status).toBe(200);
  });

  it('acts for nobody but the one it was derived for', async () => {
    await open({ people: ['ann@example.net', 'bob@example.net'] });
    await oneClick(`/unsubscribe/${tokenOf((await subscriberId()) + 1)}`, urlencoded());
    expect(await states()).toEqual(['active', 'ended']);
  });

  it('E3: a link of an earlier generation acts no more, though it answers', async () => {
    await open();
    await sql`update subscribers set link_generation = 2`.execute(mail.world.context.db);
    expect((await oneClick(`/unsubscribe/${tokenOf(await subscriberId())}`, urlencoded())).status).toBe(200);
    expect(await states()).toEqual(['active']);
  });
});

describe('the page', () => {
  it('E4: GET, HEAD and OPTIONS change nothing', async () => {
    await open();
    const path = await pathFromMail();
    const before = await mail.world.dump();
    const statuses = [];
    for (const method of ['GET', 'HEAD', 'OPTIONS'])
      statuses.push((await fetch(pages.url + path, { method })).status);
    expect(statuses.slice(0, 2)).toEqual([200, 200]);
    expect(await mail.world.dump()).toEqual(before);
  });

  it('names no address, and offers less before it stops', async () => {
    await open({ wish: { trials: ['NCT09900001'], conditions: ['asthma'] } });
    const { status, headers, text } = await pages.get(await pathFromMail());
    expect([status, headers.get('cache-control'), headers.get('x-robots-tag')]).toEqual([
      200,
      'no-store',
      'noindex',
    ]);
    expect(text).not.toContain('example.net');
    for (const act of ['all', 'pause', 'weekly', 'stop']) expect(text).toContain(`value="${act}"`);
    expect(text).toContain('NCT09900001');
    expect(text).toContain('asthma');
  });

  it('helps with a link that is mangled or made for something else', async () => {
    await open();
    const token = tokenOf(await subscriberId());
    const id = String(await subscriberId());
    const foreign = makeDerivedLink(mail.world.context.keys, 'digest', { id: Number(id), generation: 1 });
    const wrong = [
      token.slice(0, -1),
      `${token}x`,
      token.replace(/^\d+/, '99'),
      `${id}.1.${'A'.repeat(43)}`,
      foreign,
      'x',
    ];
    for (const one of wrong) {
      for (const { status, text } of [
        await pages.get(`/unsubscribe/${one}`),
        await oneClick(`/unsubscribe/${one}`, urlencoded()),
      ]) {
        expect(status).toBe(404);
        expect(text).toContain('href="/manage"');
      }
    }
    expect(await states()).toEqual(['active']);
  });

  it('shows and does the same with a sign at the end of its link, for one subscription too', async () => {
    await open({ wish: { trials: ['NCT09900001'], conditions: ['asthma'] } });
    const path = await pathFromMail();
    const { text } = await pages.get(path);
    for (const sign of ['.', '%3E', '_', ')', '/'])
      expect((await pages.get(path + sign)).text.replaceAll(`href="${path}${sign}`, `href="${path}`)).toBe(
        text,
      );
    const only = text.match(/value="(\d+)"/)?.[1] ?? '';
    for (const sign of ['', '.', '%3E']) {
      const one = (await pages.get(`${path}/${only}${sign}`)).text;
      expect(one.match(/name="subscription"/g) ?? one.match(/type="checkbox"/g)).toHaveLength(1);
    }
    expect((await oneClick(`${path}%3E`, urlencoded())).status).toBe(200);
    expect(await states()).toEqual(['ended', 'ended']);
  });

  it('P12: beside a trial in a mail stands a link to less of what brought it: its form is ticked for that alone', async () => {
    await open({ wish: { trials: ['NCT09900001'], conditions: ['asthma'], frequency: 'daily' } });
    const all = await pathFromMail();
    const { text = '' } = await PostalMime.parse(mail.sink.mails[0]?.message.toString() ?? '');
    const path = /https:\/\/[^/]+(\/unsubscribe\/\S+\/\d+)\n/.exec(text)?.[1] ?? '';
    expect(path.slice(0, path.lastIndexOf('/'))).toBe(all);
    const before = await mail.world.dump();
    const page = await pages.get(path);
    expect(await mail.world.dump()).toEqual(before);
    const boxes = page.text.match(/<input type="checkbox"[^>]*>/g);
    const only = path.slice(path.lastIndexOf('/') + 1);
    expect(boxes).toEqual([`<input type="checkbox" name="subscription" value="${only}" checked>`]);
    expect(page.text).not.toContain('asthma');
    expect(page.text).toContain(`action="${all}"`);
    expect(await findHtmlFaults(page.text)).toEqual([]);
    await pages.post(all, { act: 'stop', subscription: only });
    expect(await states()).toEqual(['ended', 'active']);
    // Stopped, or another person's: the page of all that is left.
    expect((await pages.get(path)).text).toContain('asthma');
  });

  it('P12: stops one subscription, pauses and slows down, each the ticked ones only', async () => {
    await open({ wish: { trials: ['NCT09900001'], conditions: ['asthma', 'migraine'], frequency: 'daily' } });
    const path = await pathFromMail();
    const { db } = mail.world.context;
    const rows = () =>
      db
        .selectFrom('subscriptions')
        .select(['id', 'state', 'frequency', 'paused_until'])
        .orderBy('id')
        .execute();
    const [trial, asthma, migraine] = (await rows()).map(({ id }) => String(id));
    await pages.post(path, { act: 'stop', subscription: trial ?? '' });
    await pages.post(path, { act: 'pause', days: '7', subscription: asthma ?? '' });
    await pages.post(path, { act: 'weekly', subscription: migraine ?? '' });
    expect(await rows()).toMatchObject([
      { state: 'ended', frequency: 'daily' },
      { state: 'paused', frequency: 'daily', paused_until: '2026-11-11T09:00:00.000Z' },
      { state: 'active', frequency: 'weekly' },
    ]);
  });

  it('P12: never makes a pause shorter, for a link in a mail acts only toward fewer mails', async () => {
    await open({ wish: { trials: ['NCT09900001'], conditions: ['asthma'] } });
    const path = await pathFromMail();
    const { db } = mail.world.context;
    await sql`update subscriptions set state = 'paused',
      paused_until = case kind when 'trial' then timestamptz '2027-03-01' end`.execute(db);
    const rows = () =>
      db.selectFrom('subscriptions').select(['id', 'state', 'paused_until']).orderBy('id').execute();
    const before = await rows();
    await pages.post(path, { act: 'pause', days: '7', subscription: before.map(({ id }) => String(id)) });
    expect(await rows()).toEqual(before);
  });

  it('with nothing ticked says so beside the boxes, and changes nothing', async () => {
    await open();
    const { status, text } = await pages.post(await pathFromMail(), { act: 'stop' });
    expect(status).toBe(422);
    expect(text).toMatch(/aria-describedby="which-error"[\s\S]*id="which-error"/);
    expect(await states()).toEqual(['active']);
  });

  it('can undo a stop once, within 28 days, and the missed change is told after all', async () => {
    await open();
    const path = `/unsubscribe/${tokenOf(await subscriberId())}`;
    const { text } = await pages.post(path, { act: 'all' });
    expect(await states()).toEqual(['ended']);
    const undo = /name="undo" value="([^"]+)"/.exec(text)?.[1] ?? '';
    expect(await mail.send()).toBe('cancelled');
    expect((await pages.post('/unsubscribe/undo', { undo })).status).toBe(200);
    expect((await pages.post('/unsubscribe/undo', { undo })).status).toBe(410);
    expect(await states()).toEqual(['active']);
    mail.wait(2 * 24 * 60);
    await mail.world.round();
    expect(mail.sink.mails.map(({ message }) => message.toString())).toEqual([
      expect.stringContaining('paused (suspended)'),
    ]);
  });
});

describe('after it', () => {
  it('E5: nothing reaches the server, of a mail that was planned', async () => {
    await open();
    await oneClick(`/unsubscribe/${tokenOf(await subscriberId())}`, urlencoded());
    expect(await mail.send()).toBe('cancelled');
    expect(mail.sink.connections()).toBe(0);
  });

  it('E5: nothing reaches the server, of a mail that was claimed and whose conversation had begun', async () => {
    await open();
    gate = await openGate(mail.sink.port);
    const { port, waiting } = gate;
    const config = { ...mail.world.context.config, smtpUrl: `smtp://127.0.0.1:${port}` };
    const smtpTimeouts = { connectMs: 30_000, greetingMs: 30_000, commandMs: 30_000, replyMs: 30_000 };
    const sending = mail.send(mail.ids[0], mail.world.another({ config, smtpTimeouts }));
    await expect.poll(waiting).toBe(1);
    expect((await mail.row()).phase).toBe('claimed');
    await oneClick(`/unsubscribe/${tokenOf(await subscriberId())}`, urlencoded());
    gate.open();
    await sending;
    expect(mail.sink.events.some(({ event }) => event === 'first byte')).toBe(false);
    expect(await mail.send()).toBe('cancelled');
    expect(mail.sink.mails).toEqual([]);
  });

  it('E5: an UPDATE to body that began before the unsubscribe commits waits for it and misses', async () => {
    await open();
    const { db, now } = mail.world.context;
    const claim = await claimDelivery(db, mail.ids[0] ?? -1, { holder: 'x', leaseMs: 60_000, now: now() });
    let began: Promise<boolean> | undefined;
    await db.transaction().execute(async (tx) => {
      const person = await lockSubscriber(tx, await subscriberId());
      if (!person || !claim) throw new Error('nobody');
      await stopSubscriptions(tx, person, 'all', now());
      began = beginBody(mail.world.another().db, { ...claim, messageId: '<a@b>', now: now() });
      await expect
        .poll(async () => {
          const { rows } = await sql<{
            n: number;
          }>`select count(*)::int as n from pg_locks where not granted`.execute(tx);
          return rows[0]?.n;
        })
        .toBeGreaterThan(0);
    });
    expect(await began).toBe(false);
  });
});
