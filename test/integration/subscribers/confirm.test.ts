import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { createWording } from '../../../src/mail/catalogue.ts';
import { consentWording } from '../../../src/web/shared/consent.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { day, onDayTwo } from '../../support/days.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { confirmPath, letWorkersWork, signUpAndConfirm, signUpForm } from '../../support/sign-ups.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const served: Pages[] = [];
afterEach(async () => {
  for (const pages of served.splice(0)) await pages.close();
});

const id = 'NCT09900001';
const ann = 'ann@example.net';
const asthma = study(id, { conditions: ['Asthma'], meshes: [{ id: 'D001249', term: 'Asthma' }] });

/** A world in which somebody signed up and was mailed the link. */
async function openAsked(
  more: Record<string, string> = {},
): Promise<{ world: World; pages: Pages; path: string }> {
  const world = await open(onDayTwo([asthma]));
  const pages = await servePages(world);
  served.push(pages);
  await pages.post('/subscriptions', signUpForm(ann, [`trial:${id}`, 'condition:Asthma'], more));
  await letWorkersWork(world);
  return { world, pages, path: await confirmPath(world, ann) };
}

async function countActive({ context }: World): Promise<number> {
  const rows = await context.db
    .selectFrom('subscriptions')
    .select('id')
    .where('state', '=', 'active')
    .execute();
  return rows.length;
}

describe('the confirmation', () => {
  it('P10: the mail names no condition, trial, place or note; the page behind its link has them all', async () => {
    const { world, pages, path } = await openAsked({ note: 'for Bea' });
    const [mail] = await world.mails(ann);
    expect(mail?.message).not.toMatch(/asthma|NCT\d|Bea|condition:/i);
    const { text, headers } = await pages.get(path);
    for (const said of [id, 'Asthma', 'for Bea', 'once a day', 'once a week', 'Norway Time'])
      expect(text).toContain(said);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-robots-tag')).toBe('noindex');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('E4: GET, HEAD and OPTIONS change nothing', async () => {
    const { world, pages, path } = await openAsked();
    const before = await world.dump();
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'GET']) await fetch(pages.url + path, { method });
    expect(await world.dump()).toEqual(before);
    expect(await countActive(world)).toBe(0);
  });

  it('P1: of 50 at once one succeeds', async () => {
    const { world, pages, path } = await openAsked();
    const answers = await Promise.all(Array.from({ length: 50 }, () => pages.post(path, {})));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 410)).toHaveLength(49);
    expect(answers.filter(({ headers }) => headers.get('set-cookie'))).toHaveLength(1);
    expect(await countActive(world)).toBe(2);
    expect(await world.context.db.selectFrom('consents').selectAll().execute()).toHaveLength(2);
  });

  it('P4: confirms nothing that was added after its page was opened: it shows that first', async () => {
    const { world, pages, path } = await openAsked();
    const seenIn = (text: string) => ({ seen: /name="seen" value="([^"]+)"/.exec(text)?.[1] ?? '' });
    const seen = seenIn((await pages.get(path)).text);
    await pages.post('/subscriptions', signUpForm(ann, ['condition:Migraine']));
    await letWorkersWork(world);
    const other = await pages.post(path, seen);
    expect([other.status, await findHtmlFaults(other.text)]).toEqual([409, []]);
    expect(other.text).toContain('Nothing is confirmed yet');
    expect(other.text).toContain('Migraine');
    expect(await countActive(world)).toBe(0);
    expect((await pages.post(path, seenIn(other.text))).status).toBe(200);
    expect(await countActive(world)).toBe(3);
  });

  it('P4: every active subscription has its consent: the very words, when, how, and the age', async () => {
    const { world, pages, path } = await openAsked();
    const { text } = await pages.get(path);
    const { health, age } = consentWording(createWording('en'), 16);
    for (const sentence of [health, age]) expect(text).toContain(sentence);
    world.setNow(`${day(4)}T08:00:00Z`);
    await pages.post(path, {});
    const rows = await world.context.db.selectFrom('consents').selectAll().execute();
    expect(rows).toHaveLength(2);
    for (const row of rows)
      expect(row).toMatchObject({
        wording_version: 'sign-up-4',
        wording_hash: createHash('sha256').update(`en\n${health}\n${age}`).digest('hex'),
        way: 'sign-up form, confirmed by the link of a mail',
        min_age: 16,
        given_at: `${day(4)}T08:00:00.000Z`,
      });
  });

  it('says when the first update email can come: no later than the subscription that mails soonest', async () => {
    const answers = [];
    for (const frequency of ['daily', 'immediate']) {
      const { pages, path } = await openAsked({ trial_frequency: frequency });
      const { text } = await pages.post(path, {});
      answers.push(/Your first update email can come ([\w ]+)/.exec(text)?.[1]?.trim());
    }
    expect(answers).toEqual(['on November 3', 'after the next time we read the registry']);
  });

  it('P4: the consent is asked for once, in full, at the button that starts the emails, and nowhere before', async () => {
    const { pages, path } = await openAsked();
    const { health, age } = consentWording(createWording('en'), 16);
    for (const before of ['/', `/trials/${id}`, '/conditions/asthma', `/follow?trial=${id}`]) {
      const { text } = await pages.get(before);
      expect([before, text.includes(health), /type="checkbox"[^>]*required/.test(text)]).toEqual([
        before,
        false,
        false,
      ]);
    }
    const { text } = await pages.get(path);
    expect(text).toMatch(/<form.*I agree, start the emails.*<\/form>/s);
    const form = /<form class="follow".*?<\/form>/s.exec(text)?.[0] ?? '';
    for (const sentence of [health, age]) expect(form.split(sentence)).toHaveLength(2);
  });

  it('P6: the browser’s cookie is the host’s alone, out of scripts’ reach, for https; its row is a hash for 30 days', async () => {
    const { world, pages, path } = await openAsked();
    const { headers } = await pages.post(path, {});
    const [cookie = '', session = ''] = headers.getSetCookie();
    expect(session).toMatch(
      /^__Host-manage=[\w-]{43}; Max-Age=3600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(cookie).toMatch(
      /^__Host-browser=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    const hash = createHash('sha256')
      .update(/=([\w-]{43});/.exec(cookie)?.[1] ?? '')
      .digest();
    const rows = await world.context.db
      .selectFrom('tokens')
      .selectAll()
      .where('purpose', '=', 'browser')
      .execute();
    expect(rows).toMatchObject([{ expires_at: '2026-12-02T12:00:00.000Z' }]);
    expect(rows[0]?.hash.equals(hash)).toBe(true);
  });

  it('does not wait for the registry: the baselines are stored after the answer', async () => {
    const { world, pages, path } = await openAsked();
    world.recorded.setFault({ kind: 'html' });
    expect((await pages.post(path, {})).status).toBe(200);
    await letWorkersWork(world);
    const watching = async () =>
      (await world.context.db.selectFrom('subscriptions').select('watching_since').execute()).map(
        (row) => row.watching_since,
      );
    expect(await watching()).toEqual([null, null]);
    world.recorded.setFault(null);
    await world.round();
    expect(await watching()).not.toContain(null);
  });
});

describe('a link that does not work', () => {
  it('used before: says so and leads to the subscriptions', async () => {
    const { pages, path } = await openAsked();
    await pages.post(path, {});
    for (const answer of [await pages.get(path), await pages.post(path, {})]) {
      expect(answer.status).toBe(410);
      expect(answer.text).toContain('This link was already used');
      expect(answer.text).toContain('href="/manage"');
    }
  });

  it('expired, mangled, or made for something else: says so, changes nothing, and offers a new mail', async () => {
    const { world, pages, path } = await openAsked();
    const cookie = await signUpAndConfirm(world, pages, 'bob@example.net', [`trial:${id}`]);
    const browserToken = cookie.split('=')[1] ?? '';
    const active = await countActive(world);
    for (const wrong of [
      path.slice(0, -5),
      `${path}x`,
      '/confirm/%00',
      '/confirm/..%2f',
      `/confirm/${browserToken}`,
    ]) {
      for (const answer of [await pages.get(wrong), await pages.post(wrong, {})]) {
        expect([404, 410]).toContain(answer.status);
        expect(answer.text).toContain('Ask for the email again');
      }
    }
    world.setNow(`${day(9)}T12:00:01Z`);
    expect((await pages.post(path, {})).status).toBe(410);
    expect(await countActive(world)).toBe(active);
  });

  it.each(['.', ',', ')', '>', '%3E', '%3E.', '%253E', '-', '_', '&gt;', '*', '%E2%80%9D', '%EF%BC%89'])(
    'works with %s at its end, which a mail program took for a part of the link',
    async (sign) => {
      const { world, pages, path } = await openAsked();
      expect((await pages.get(path + sign)).text).toContain('Asthma');
      expect((await pages.post(path + sign, {})).status).toBe(200);
      expect(await countActive(world)).toBe(2);
    },
  );

  it('P3: the mail can be asked for once more, once a day, and the answer tells nothing', async () => {
    const { world, pages } = await openAsked();
    const again = async (email: string) => {
      const { status, text } = await pages.post('/confirm', { email });
      await letWorkersWork(world);
      return { status, text: text.replaceAll(email, 'X') };
    };
    const known = await again(ann);
    expect(known.status).toBe(200);
    expect(await again('nobody@example.net')).toEqual(known);
    expect(await world.mails()).toHaveLength(1);
    world.setNow(`${day(3)}T12:00:00Z`);
    await again(ann);
    expect(await world.mails(ann)).toHaveLength(2);
    await pages.post(await confirmPath(world, ann), {});
    expect(await countActive(world)).toBe(2);
    world.setNow(`${day(5)}T12:00:00Z`);
    await again(ann);
    expect(await world.mails()).toHaveLength(2);
    expect((await pages.post('/confirm', { email: 'no address' })).status).toBe(422);
  });

  it('P4: unconfirmed subscriptions are deleted after 7 days, and the person with them', async () => {
    const { world, pages, path } = await openAsked();
    world.setNow(`${day(10)}T12:00:00Z`);
    const { expireRows } = await import('../../../src/db/maintenance/retention.ts');
    await expireRows(world.context.db, world.context.now());
    for (const table of ['subscriptions', 'subscribers', 'tokens'] as const)
      expect(await world.context.db.selectFrom(table).selectAll().execute()).toEqual([]);
    expect((await pages.get(path)).text).toContain('more than 7 days old');
  });
});
