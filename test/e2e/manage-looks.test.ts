import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedTrials } from '../../src/demo/seed-trials.ts';
import { toRecord } from '../../src/demo/study.ts';
import {
  browserPath,
  findHtmlFaults,
  findLookFaults,
  openBrowser,
  openTab,
  takePictures,
} from '../support/browser.ts';
import { type Pages, servePages } from '../support/pages.ts';
import { askForLink, type SignedIn, signIn } from '../support/sign-in.ts';
import { study } from '../support/study.ts';
import { openWorld, type World } from '../support/world.ts';

describe.skipIf(browserPath === null)('the pages of one’s own, in a browser', () => {
  let world: World;
  let pages: Pages;
  let browser: Browser;
  let me: SignedIn;
  /** The pages to look at, by the name of the picture. */
  let paths: Record<string, string>;

  beforeAll(async () => {
    const seeds = seedTrials.map((seed) => toRecord(seed, '2026-11-02'));
    // Found only by a more specific heading than the one that is followed.
    const narrow = {
      conditions: ['Exercise wheeze'],
      meshes: [{ id: 'D999992', term: 'Exercise Wheeze' }],
      ancestors: [{ id: 'D001249', term: 'Asthma' }],
    };
    const first = [study('NCT09900001'), study('NCT09900002', narrow), ...seeds];
    world = await openWorld({ days: [{ timestamp: '2026-11-02T09:00:04', studies: first }] });
    const trials = ['NCT09900001', ...seedTrials.slice(0, 6).map(({ id }) => id)];
    await world.subscribe('ann@example.net', {
      trials,
      conditions: ['asthma', 'leukemia'],
      frequency: 'immediate',
    });
    const changed = { status: 'SUSPENDED', whyStopped: 'Drug supply', completion: '2031-06-30' };
    world.refresh('2026-11-03T09:00:04', [
      study('NCT09900001', { ...changed, updatedOn: '2026-11-03' }),
      study('NCT09900002', { ...changed, ...narrow, updatedOn: '2026-11-03' }),
      ...seeds,
    ]);
    world.setNow('2026-11-03T12:00:00Z');
    await world.round();
    pages = await servePages(world);
    browser = await openBrowser();
    me = await signIn(world, pages, 'ann@example.net');
    const { text } = await me.get('/manage');
    const listed = [...text.matchAll(/href="(\/manage\/subscriptions\/\d+)"/g)].map(([, path]) => path ?? '');
    const hasFilters = async (path: string) => (await me.get(path)).text.includes('id="city"');
    const filtered = await Promise.all(listed.map(hasFilters));
    const condition = listed[filtered.indexOf(true)] ?? '';
    const own = listed.filter((path) => path !== condition);
    const details = { frequency: 'weekly', weekday: '3', facets: 'status', km: '100', age_group: 'ADULT' };
    await me.post(condition, { act: 'save', ...details, list: 'For my sister', note: 'Ask in December' });
    await me.post(own[1] ?? '', { act: 'pause', until: '2026-12-01' });
    await me.post(own[2] ?? '', { act: 'stop' });
    const mailed = (await world.mails('ann@example.net')).map((mail) => mail.text ?? '').join('\n');
    const linkTo = (room: string) =>
      new RegExp(`https://bell\\.example\\.org(/${room}/\\S+)`).exec(mailed)?.[1] ?? '';
    paths = {
      manage: '/manage',
      'manage-subscription': condition,
      'manage-settings': '/manage/settings',
      'manage-erase': '/manage/erase',
      'manage-report': '/manage/report',
      'manage-report-wrong': '/manage/report?from=2026-11-09&to=2026-11-01',
      'manage-entrance': await askForLink(world, pages, 'ann@example.net'),
      unsubscribe: linkTo('unsubscribe'),
      'unsubscribe-cut-off': `${linkTo('unsubscribe')}x`,
      digest: linkTo('digests'),
      misfit: linkTo('w'),
    };
    // The condition's page then lists what was said not to fit.
    const misfit = (await pages.get(paths.misfit ?? '')).text;
    const [, choice = ''] = /name="choice" value="(\d+)"/.exec(misfit) ?? [];
    await pages.post(paths.misfit ?? '', { act: 'exclude', choice });
    await pages.post(paths.misfit ?? '', { act: 'exclude', choice: 'trial' });
    paths['manage-subscription'] = `/manage/subscriptions/${choice}`;
  });
  afterAll(async () => {
    await browser?.close();
    await pages?.close();
    await world?.close();
  });

  /** A page of a signed-in reader. */
  async function openOwn(options: Parameters<typeof openTab>[1] = {}): Promise<Page> {
    return openTab(browser, {
      extraHTTPHeaders: { cookie: `${me.cookie}; __Host-done=stopped` },
      ...options,
    });
  }

  it('have no barrier that axe finds, light and dark, are valid HTML, and nothing juts out at 320 pixels', async () => {
    const found: string[] = [];
    const tab = await openOwn({ viewport: { width: 320, height: 700 } });
    for (const [name, path] of Object.entries(paths)) {
      const answer = await tab.goto(pages.url + path);
      found.push(...(await findLookFaults(tab, name)));
      for (const fault of await findHtmlFaults((await answer?.text()) ?? '')) found.push(`${name}: ${fault}`);
      await takePictures(tab, name);
    }
    await tab.context().close();
    expect(found).toEqual([]);
  });

  it('nor in Spanish, of which they say so', async () => {
    const found: string[] = [];
    const cookie = `${me.cookie}; __Host-language=es`;
    const tab = await openOwn({ viewport: { width: 320, height: 700 }, extraHTTPHeaders: { cookie } });
    for (const [name, path] of Object.entries(paths)) {
      const answer = await tab.goto(pages.url + path);
      const source = (await answer?.text()) ?? '';
      expect([name, /<html lang="([^"]*)"/.exec(source)?.[1]]).toEqual([name, 'es']);
      found.push(...(await findLookFaults(tab, `${name} in Spanish`)));
      for (const fault of await findHtmlFaults(source)) found.push(`${name}: ${fault}`);
      if (name === 'manage') expect(source).toContain('ann@example.net');
      await takePictures(tab, `es-${name}`);
    }
    await tab.context().close();
    expect(found).toEqual([]);
  });

  it('nor in the states between: errors, and what is said after a button', async () => {
    const found: string[] = [];
    const tab = await openOwn({ viewport: { width: 320, height: 700 } });
    const look = async (name: string) => {
      found.push(...(await findLookFaults(tab, name)));
      for (const fault of await findHtmlFaults(await tab.content())) found.push(`${name}: ${fault}`);
      await takePictures(tab, name);
    };
    await tab.goto(pages.url + (paths['manage-subscription'] ?? ''));
    await tab.uncheck('input[name="facets"][value="status"]');
    await tab.fill('#city', 'Atlantis');
    await tab.click('button[value="save"]');
    await look('manage-subscription-wrong');
    await tab.goto(pages.url + (paths.manage ?? ''));
    await tab.click('details:has([action="/manage/all"]) > summary');
    await tab.click('[action="/manage/all"] button[value="pause"]');
    await look('manage-wrong');
    await tab.goto(pages.url + (paths['manage-settings'] ?? ''));
    await tab.fill('#email', 'ann at home');
    await tab.click('form[action="/manage/address"] button');
    await look('manage-settings-wrong');
    await tab.goto(pages.url + (paths.unsubscribe ?? ''));
    await tab.click('button[value="pause"]');
    await look('unsubscribe-paused');
    await tab.goto(pages.url + (paths.unsubscribe ?? ''));
    await tab.click('button[value="all"]');
    await look('unsubscribe-done');
    await tab.click('form[action="/unsubscribe/undo"] button');
    await look('unsubscribe-undone');
    await tab.goto(`${pages.url}/manage/erase`);
    await tab.click('form[action="/manage/erase"] button');
    await look('manage-erased');
    expect(found).toEqual([]);
  });
});
