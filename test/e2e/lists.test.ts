import type { Browser, Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import {
  browserPath,
  findHtmlFaults,
  findLookFaults,
  openBrowser,
  openTab,
  takePictures,
} from '../support/browser.ts';
import { openSite } from '../support/site.ts';
import { study } from '../support/study.ts';

const [advocate, member] = ['ann.advocate@example.net', 'mo.member@example.net'];
const ids = ['NCT09900001', 'NCT09900002', 'NCT09900003'] as const;
const wait = { interval: 100 };

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const press = (tab: Page, words: string) =>
  tab.getByRole('button', { name: words, exact: true }).first().click();
const read = async (tab: Page) => ((await tab.locator('main').textContent()) ?? '').replace(/\s+/g, ' ');

/** The registry's three trials on a day: the last is paused from the second day on. */
const studiesOf = (day: number) =>
  ids.map((id, at) =>
    study(id, {
      title: `Made-up trial ${at + 1}`,
      ...(at === 2 && day > 0 ? { status: 'SUSPENDED', whyStopped: 'Supply', updatedOn: '2026-11-03' } : {}),
    }),
  );

describe.skipIf(browserPath === null)('a list, in a browser', () => {
  it('goes from an advocate’s pasted text to a member’s confirmed email, and to a change told with the list as reason', async () => {
    const site = await openSite({
      now: '2026-11-02T12:00:00.000Z',
      days: [0, 1].map((day) => ({ timestamp: `2026-11-0${day + 2}T09:00:04`, studies: studiesOf(day) })),
    });
    closers.push(site.close);
    const browser: Browser = await openBrowser();
    closers.push(() => browser.close());
    const tab = await openTab(browser, { viewport: { width: 320, height: 700 } });
    const found: string[] = [];
    const look = async (name: string) => {
      for (const fault of await findHtmlFaults(await tab.content())) found.push(`${name}: ${fault}`);
      found.push(...(await findLookFaults(tab, name)));
      await takePictures(tab, `lists-${name}`);
    };
    const { db, enqueue } = site.app.context;
    const watched = async (count: number) =>
      expect
        .poll(async () => {
          await enqueue('poll', { registry: 'ctgov' });
          await enqueue('sweep', {});
          const rows = await db.selectFrom('subscriptions').select('watching_since').execute();
          return rows.filter((row) => row.watching_since !== null).length;
        }, wait)
        .toBe(count);

    // The advocate follows one trial, which signs this browser in, and makes a list of a pasted text.
    await tab.goto(`${site.url}/trials/${ids[0]}`);
    await tab.locator('#follow input[name=email]').fill(advocate);
    await press(tab, 'Follow');
    await tab.goto((await site.mailWith(advocate, /\/confirm\//)).link);
    await press(tab, 'I agree, start the emails');
    await tab.goto(`${site.url}/manage`);
    await tab.getByRole('link', { name: 'Lists you share' }).click();
    await tab.locator('input[name=name]').fill('Trials we watch');
    await tab.locator('input[name=organization]').fill('Made-up Charity');
    await look('own-lists');
    await press(tab, 'Make a list');
    await tab.locator('textarea').fill(`${ids[0]}\n${ids[1]}\nqwertzuiop`);
    await press(tab, 'See what we found');
    expect(await read(tab)).toContain('Line 3: qwertzuiop');
    await look('check');
    await press(tab, 'Put all 2 on the list');
    await look('own');
    await tab.locator('a[href="/lists/trials-we-watch"]').click();

    // A member follows it in another browser, with one email.
    await tab.context().clearCookies();
    await tab.reload();
    await look('page');
    await tab.locator('input[name=email]').fill(member);
    await press(tab, 'Follow');
    const confirmation = await site.mailWith(member, /\/confirm\//);
    expect(`${confirmation.mail.subject} ${confirmation.mail.text}`).not.toMatch(
      /trials-we-watch|Trials we watch/,
    );
    await tab.goto(confirmation.link);
    await look('confirm');
    await press(tab, 'I agree, start the emails');
    expect(await read(tab)).toContain('Trials we watch (from Made-up Charity)');
    await tab.goto(`${site.url}/manage`);
    await look('manage');
    await tab.getByRole('link', { name: 'Trials we watch (from Made-up Charity)' }).click();
    await look('followed');
    await watched(3);

    // The advocate adds a trial and says why.
    await tab.context().clearCookies();
    await tab.goto(`${site.url}/manage`);
    await tab.locator('input[name=email]').fill(advocate);
    await press(tab, 'Email me a link');
    const entrance = await site.mailWith(advocate, /\/manage\/[\w-]{43}$/);
    await tab.goto(entrance.link);
    await press(tab, 'Open what I follow');
    await tab.goto(`${site.url}/trials/${ids[2]}`);
    await tab.getByRole('link', { name: 'Put on a list you share' }).click();
    await tab.locator('input[name=reason]').fill('Many of you asked about it');
    await look('add');
    await press(tab, 'Put on the list');
    await watched(4);

    // The registry changes, and the member hears of it, with the list as the reason.
    site.setDay(1);
    site.setNow('2026-11-03T12:00:00.000Z');
    await expect
      .poll(async () => {
        await enqueue('poll', { registry: 'ctgov' });
        return (await db.selectFrom('changes').select('id').where('state', '=', 'released').execute()).length;
      }, wait)
      .toBeGreaterThan(0);
    site.setNow('2026-11-04T10:00:00.000Z');
    await enqueue('plan', {});
    const { mail } = await site.mailWith(member, /\/digests\//);
    const said = mail.text.replace(/\s+/g, ' ');
    expect(said).toContain('Made-up trial 3');
    expect(said).toContain('It is on the list “Trials we watch (from Made-up Charity)”, which you follow.');
    expect(said).toContain('The list’s owner says why: “Many of you asked about it”');
    expect(mail.subject).not.toContain('Trials we watch');

    // The advocate takes the same into her own newsletter.
    await tab.goto(`${site.url}/manage`);
    await tab.locator('input[name=email]').fill(advocate);
    await press(tab, 'Email me a link');
    await tab.goto((await site.mailWith(advocate, /\/manage\/[\w-]{43}$/, entrance.link)).link);
    await press(tab, 'Open what I follow');
    await tab.getByRole('link', { name: 'Lists you share' }).click();
    await tab.getByRole('link', { name: 'Trials we watch (from Made-up Charity)' }).click();
    await tab.getByRole('link', { name: 'Make a report' }).click();
    await tab.locator('textarea').fill('Dear members,\nthis changed.');
    await press(tab, 'Show the report');
    expect(await read(tab)).toContain('Made-up Charity writes:');
    expect(await read(tab)).toContain('Made-up trial 3');
    await look('report');
    await press(tab, 'See what they get');
    expect(await read(tab)).toContain('Now these are fewer than 10 people.');
    await look('report-send');
    await press(tab, 'Send it in one hour');
    expect(await read(tab)).toContain('The report goes out in one hour.');
    await look('report-ordered');
    await tab.getByRole('link', { name: 'Make a report' }).click();
    const saving = tab.waitForEvent('download');
    await press(tab, 'Save as HTML');
    expect((await saving).suggestedFilename()).toMatch(/^trialbell-report-[\d-]+\.html$/);
    expect(found).toEqual([]);
  }, 240_000);
});
