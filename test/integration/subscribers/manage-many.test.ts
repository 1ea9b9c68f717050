import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, findHtmlFaults, findLookFaults, openBrowser, openTab } from '../../support/browser.ts';
import { visibleBlocks } from '../../support/html-text.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { type SignedIn, signIn } from '../../support/sign-in.ts';
import { study } from '../../support/study.ts';
import { openWorld, type World } from '../../support/world.ts';

const ids = Array.from({ length: 61 }, (_, at) => `NCT0990${1001 + at}`);
const statuses = ['RECRUITING', 'COMPLETED', 'ACTIVE_NOT_RECRUITING', 'TERMINATED'];

describe('many subscriptions on one page', () => {
  let world: World;
  let pages: Pages;
  let me: SignedIn;

  beforeAll(async () => {
    const studies = ids.map((id, at) =>
      study(id, { title: `Made-up trial ${at + 1} of a remedy`, status: statuses[at % 4] ?? '' }),
    );
    world = await openWorld({ days: [{ timestamp: '2026-11-02T09:00:04', studies }] });
    await world.subscribe('ann@example.net', { trials: ids, conditions: ['asthma'] });
    await world.subscribe('bob@example.net', { trials: ids.slice(0, 1) });
    const [first, ...others] = studies;
    const paused = study(ids[0] ?? '', {
      title: 'Made-up trial 1 of a remedy',
      status: 'SUSPENDED',
      updatedOn: '2026-11-03',
    });
    world.refresh('2026-11-03T09:00:04', first ? [paused, ...others] : []);
    world.setNow('2026-11-03T12:00:00Z');
    await world.round();
    pages = await servePages(world);
    me = await signIn(world, pages, 'ann@example.net');
  });
  afterAll(async () => {
    await pages?.close();
    await world?.close();
  });

  const shown = async (path = '/manage') => visibleBlocks((await me.get(path)).text).join('\n');
  const rows = async () => {
    const { rows: found } = await sql<{ id: number; state: string; frequency: string; list: Buffer | null }>`
      select id, state, frequency, list_name as list from subscriptions order by id`.execute(
      world.context.db,
    );
    return found;
  };

  it('stand in groups, what changed lately first; a search and its order find them again', async () => {
    const page = await shown();
    expect(page).toMatch(
      /Changed in the last 7 days \(1\)[\s\S]*Conditions \(1\)[\s\S]*listed as recruiting \(15\)[\s\S]*Completed trials \(15\)/,
    );
    const found = await shown('/manage?q=REMEDY%2017&sort=name');
    expect(found).toContain('Made-up trial 17 of a remedy');
    expect(found.match(/Made-up trial \d+/g)?.every((title) => title.endsWith(' 17'))).toBe(true);
    expect(await shown('/manage?q=gout')).toContain('Nothing that you follow has the words “gout”.');
  });

  it('L4: what a bulk act will do is said before anything changes, and it does that to these alone', async () => {
    const before = await world.dump();
    const [one, two, ...rest] = await rows();
    const bobs = rest.at(-1);
    const selected = { s: [`${one?.id} ${two?.id}`, `${bobs?.id}`] };
    const asked = await me.post('/manage/many', { act: 'stop', ...selected });
    expect(visibleBlocks(asked.text).join('\n')).toMatch(
      /Stop following these 2\?[\s\S]*You can undo this for 28 days/,
    );
    expect(await findHtmlFaults(asked.text)).toEqual([]);
    expect(await world.dump()).toEqual(before);

    await me.post('/manage/many', { act: 'stop', sure: 'on', ...selected });
    const stopped = (await rows()).filter(({ state }) => state === 'ended').map(({ id }) => id);
    expect(stopped).toEqual([one?.id, two?.id]);
    await me.post('/manage/many', { act: 'undo', sure: 'on', s: stopped.join(' ') });
    expect((await rows()).every(({ state }) => state === 'active')).toBe(true);

    const weekly = await me.post('/manage/many', { act: 'often', sure: 'on', s: `${one?.id}` });
    expect([weekly.status, weekly.text.includes('Choose one of the options.')]).toEqual([422, true]);
  });

  it('P12: a name given to many makes a group of its own, sealed for each, and shown to its owner alone', async () => {
    const [one, two] = await rows();
    const list = 'For my brother’s lungs';
    await me.post('/manage/many', { act: 'list', sure: 'on', list, s: [`${one?.id}`, `${two?.id}`] });
    expect(await shown()).toContain(`${list} (1)`);
    const sealed = (await rows()).flatMap(({ list: name }) => name?.toString('hex') ?? []);
    expect([sealed.length, new Set(sealed).size]).toEqual([2, 2]);
    expect((await world.dump()).join('\n')).not.toContain('brother');
    const bob = await signIn(world, pages, 'bob@example.net');
    expect((await bob.get('/manage')).text).not.toContain('brother');
  });

  it.skipIf(browserPath === null)(
    '61 trials stay below 3,000 pixels on a phone, without barriers',
    async () => {
      const { text } = await me.get('/manage');
      const browser = await openBrowser();
      try {
        for (const width of [390, 320]) {
          const tab = await openTab(browser, { viewport: { width, height: 800 } });
          await tab.route('**/manage', (route) => route.fulfill({ contentType: 'text/html', body: text }));
          await tab.goto(`${pages.url}/manage`);
          if (width === 390)
            expect(await tab.evaluate<number>('document.documentElement.scrollHeight')).toBeLessThan(3_000);
          expect(await findLookFaults(tab, `manage at ${width}`)).toEqual([]);
          await tab.context().close();
        }
      } finally {
        await browser.close();
      }
    },
  );
});
