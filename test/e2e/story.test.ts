import { sql } from 'kysely';
import type { Browser, Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { createWording } from '../../src/mail/catalogue.ts';
import {
  browserPath,
  findBarriers,
  findHtmlFaults,
  findOverflow,
  openBrowser,
  openTab,
  takePictures,
} from '../support/browser.ts';
import { type GotMail, openSite, type Site } from '../support/site.ts';
import { study } from '../support/study.ts';

const ann = 'ann.canary@example.net';
const note = 'ask doctor Canary about this one';
const wait = { interval: 100 };

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function openStory(javaScriptEnabled: boolean, locale: string): Promise<{ site: Site; tab: Page }> {
  const first = [study('NCT09900001'), study('NCT09900002')];
  const paused = { status: 'SUSPENDED', whyStopped: 'Drug supply', updatedOn: '2026-11-03' };
  const site = await openSite({
    now: '2026-11-02T12:00:00.000Z',
    days: [
      { timestamp: '2026-11-02T09:00:04', studies: first },
      {
        timestamp: '2026-11-03T09:00:04',
        studies: [study('NCT09900001', paused), study('NCT09900002', { updatedOn: '2026-11-03' })],
      },
    ],
  });
  closers.push(site.close);
  const browser: Browser = await openBrowser();
  closers.push(() => browser.close());
  return { site, tab: await openTab(browser, { javaScriptEnabled, locale }) };
}

const linkTo = (mail: GotMail, address: RegExp) =>
  mail.links.find((link) => address.test(link)) ?? `no ${address} in ${mail.links.join(' ')}`;

/** Where mails lead. */
const rooms = {
  confirm: /\/confirm\/[\w-]+$/,
  trial: /\/trials\/NCT09900001(?:\?|$)/,
  digest: /\/digests\//,
  manage: /\/manage\/[\w-]{43}$/,
  unsubscribe: /\/unsubscribe\/[^/]+$/,
};

/** Looks at a page as it is reached: what it says, its HTML, barriers, width; and keeps pictures of it. */
function makeLook(tab: Page, withScripts: boolean, language: string) {
  const found: string[] = [];
  const look = async (name: string) => {
    for (const fault of await findHtmlFaults(await tab.content())) found.push(`${name}: ${fault}`);
    if ((await tab.locator('html').getAttribute('lang')) !== language)
      found.push(`${name}: another language`);
    if (!withScripts) return;
    for (const barrier of await findBarriers(tab)) found.push(`${name}: ${barrier}`);
    for (const element of await findOverflow(tab)) found.push(`${name}: ${element} juts out`);
    await takePictures(tab, `story-${name}`);
  };
  return { look, found };
}

/** The words of a part of the page. */
const read = async (tab: Page, part = 'main') =>
  ((await tab.locator(part).textContent()) ?? '').replace(/\s+/g, ' ').trim();

const press = (tab: Page, words: string) =>
  tab.getByRole('button', { name: words, exact: true }).first().click();

describe.skipIf(browserPath === null)('the whole story, in a browser', () => {
  // The longer language where widths and barriers are looked at.
  for (const [withScripts, language, asthma] of [
    [true, 'es', 'asma'],
    [false, 'en', 'asthma'],
  ] as const) {
    it(`P9: from a search to an erased subscriber, in ${language}, ${withScripts ? 'with' : 'without'} scripts; P1: and nothing that was kept names anybody`, async () => {
      const { say } = createWording(language);
      const sentence = say('status.changed', {
        after: say('status.name.SUSPENDED'),
        before: say('status.name.RECRUITING'),
      });
      const paused = `${say('trial.facet.status')}: ● ${say('status.chip.RECRUITING')} → ‖ ${say('status.chip.SUSPENDED')}`;
      const { site, tab } = await openStory(withScripts, language);
      const { look, found } = makeLook(tab, withScripts, language);

      // Search, and follow.
      await tab.goto(site.url);
      await tab.locator('input[name=q]').fill(asthma);
      await press(tab, say('box.find'));
      await tab.waitForURL('**/conditions/**');
      await look('condition');
      await tab.locator('#follow input[name=email]').fill(ann);
      await tab.locator('#follow > details > summary').click();
      await tab.locator('select[name=condition_frequency]').selectOption('daily');

      // All choices, and what they would have meant; nothing is sent yet, and nothing typed is lost.
      await press(tab, say('box.more'));
      await tab.locator('#estimate').waitFor();
      expect(await tab.locator('input[name=email]').inputValue()).toBe(ann);
      expect(await tab.locator('select[name=condition_frequency]').inputValue()).toBe('daily');
      await tab.locator('details:has([name=note]) > summary').click();
      await tab.locator('[name=note]').fill(note);
      await look('follow');
      await press(tab, say('follow.send'));
      await expect.poll(() => read(tab), wait).toContain(ann);
      await look('asked');

      // Confirm from the mail, which tells a stranger nothing (P10).
      const { mail: confirmation } = await site.mailWith(ann, rooms.confirm);
      expect(`${confirmation.subject} ${confirmation.text} ${confirmation.html}`).not.toMatch(
        /asthma|asma|canary about/i,
      );
      await tab.goto(linkTo(confirmation, rooms.confirm));
      await look('confirm');
      await press(tab, say('agree.send'));
      await expect.poll(() => read(tab, 'h1'), wait).toBe(say('started.title'));
      await look('confirmed');

      // Once the baseline is stored, the registry changes, and the next morning brings a mail.
      const { db, enqueue } = site.app.context;
      const watched = async () => {
        await enqueue('poll', { registry: 'ctgov' });
        await enqueue('sweep', {});
        const rows = await db.selectFrom('subscriptions').select('watching_since').execute();
        return rows.every((row) => row.watching_since !== null);
      };
      await expect.poll(watched, wait).toBe(true);
      site.setDay(1);
      site.setNow('2026-11-03T12:00:00.000Z');
      const released = async () => {
        await enqueue('poll', { registry: 'ctgov' });
        return (await db.selectFrom('changes').select('id').where('state', '=', 'released').execute()).length;
      };
      await expect.poll(released, wait).toBeGreaterThan(0);
      site.setNow('2026-11-04T10:00:00.000Z');
      await enqueue('plan', {});
      const { mail: digest } = await site.mailWith(ann, rooms.digest);
      expect(digest.text.replace(/\s+/g, ' ')).toContain(paused);

      // The trial and its timeline say the same.
      await tab.goto(linkTo(digest, rooms.trial));
      await look('trial');
      await tab.locator('a[href$="/changes"]').first().click();
      await tab.waitForURL('**/changes');
      expect(await read(tab)).toContain(sentence);
      await look('timeline');
      await tab.goto(linkTo(digest, rooms.digest));
      expect((await read(tab)).replace(/\s+/g, ' ')).toMatch(
        new RegExp(`${say('status.chip.RECRUITING')}.*→.*${say('status.chip.SUSPENDED')}`),
      );
      await look('digest');

      // Manage, in another browser: a link of its own, one use, an hour.
      await tab.context().clearCookies();
      await tab.goto(`${site.url}/manage`);
      await look('manage-ask');
      await tab.locator('input[name=email]').fill(ann);
      await press(tab, say('manage.ask.button'));
      const { link: entrance } = await site.mailWith(ann, rooms.manage);
      await tab.goto(entrance);
      await look('manage-entrance');
      await press(tab, say('manage.open.button'));
      await tab.waitForURL('**/manage?entered');
      expect(await read(tab)).toContain(note);
      await look('manage');
      for (const [name, path] of [
        ['subscription', 'subscriptions/'],
        ['settings', 'settings'],
        ['report', 'report'],
      ] as const) {
        await tab.goto(`${site.url}/manage`);
        await tab.locator(`a[href^="/manage/${path}"]`).first().click();
        await tab.waitForURL(`**/manage/${path}**`);
        await look(`manage-${name}`);
      }

      // Pause, and take it up again.
      await tab.goto(`${site.url}/manage`);
      await tab.locator('#until').fill('2026-12-01');
      await press(tab, say('manage.pause.all'));
      await expect.poll(() => states(site), wait).toEqual(['paused']);
      await press(tab, say('manage.resume.all'));
      await expect.poll(() => states(site), wait).toEqual(['active']);

      // Unsubscribe from the mail, and undo that.
      await tab.goto(linkTo(digest, rooms.unsubscribe));
      await look('unsubscribe');
      await press(tab, say('unsubscribe.all'));
      await expect.poll(() => states(site), wait).toEqual(['ended']);
      await look('unsubscribed');
      await press(tab, say('unsubscribe.undo'));
      await expect.poll(() => states(site), wait).toEqual(['active']);

      // Erase.
      await tab.goto(`${site.url}/manage/erase`);
      await look('erase');
      const before = await site.readKept();
      await press(tab, say('erase.button'));
      await expect.poll(() => states(site), wait).toEqual([]);
      await look('erased');
      await tab.goto(entrance);
      await look('entrance-used');
      expect(found).toEqual([]);

      // P1, P12: neither the address nor the note nor a token stands anywhere, before or after; no IP beside a condition.
      const tokens = [linkTo(confirmation, rooms.confirm), entrance].map(
        (link) => link.split('/').at(-1) ?? '',
      );
      for (const kept of [before, await site.readKept()]) {
        for (const secret of [ann, 'ann.canary', note, ...tokens]) expect(kept).not.toContain(secret);
        for (const line of kept.split('\n'))
          expect(line).not.toMatch(/127\.0\.0\.1.*(asthma|NCT099)|(asthma|NCT099).*127\.0\.0\.1/i);
      }
      expect(before).toContain('asthma');
      const { rows } = await sql<{ n: number }>`select count(*)::int as n from subscribers`.execute(db);
      expect(rows[0]?.n).toBe(0);
    }, 240_000);
  }
});

async function states(site: Site): Promise<string[]> {
  const rows = await site.app.context.db.selectFrom('subscriptions').select('state').execute();
  return rows.map(({ state }) => state);
}
