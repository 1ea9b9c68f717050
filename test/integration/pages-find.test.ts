import { pino } from 'pino';
import type { Browser } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import {
  browserPath,
  findBarriers,
  findHtmlFaults,
  findOverflow,
  openBrowser,
  openTab,
} from '../support/browser.ts';
import { linksOf, visibleBlocks } from '../support/html-text.ts';
import { type Pages, servePages } from '../support/pages.ts';
import { manyStudies, type StudyParts, study } from '../support/study.ts';
import { useWorlds, type World, type WorldOptions } from '../support/world.ts';

const open = useWorlds();
const served: Pages[] = [];
afterEach(async () => {
  for (const pages of served.splice(0)) await pages.close();
});
/** The pages as a process of its own serves them. */
async function serve(world: World): Promise<Pages> {
  const pages = await servePages({ ...world, context: world.another() });
  served.push(pages);
  return pages;
}
async function openPages(options?: WorldOptions): Promise<{ world: World; pages: Pages }> {
  const world = await open(options);
  return { world, pages: await serve(world) };
}

const asthma = { id: 'D001249', term: 'Asthma' };
const about = (concept: { id: string; term: string }, parts: StudyParts = {}): StudyParts => ({
  conditions: [concept.term],
  meshes: [concept],
  ...parts,
});

/** A world that has read these trials of asthma, all of them silently. */
async function readTrials(
  trials: Record<string, StudyParts>,
  options: WorldOptions = {},
): Promise<{ world: World; pages: Pages }> {
  const studies = Object.entries(trials).map(([id, parts]) => study(id, about(asthma, parts)));
  const world = await open({ days: [{ timestamp: '2026-11-02T09:00:04', studies }], ...options });
  await world.subscribe('ann@example.net', { conditions: ['asthma'] });
  return { world, pages: await serve(world) };
}

const textOf = (html: string) => visibleBlocks(html).join('\n');
const search = (pages: Pages, typed: string) => pages.get(`/search?q=${encodeURIComponent(typed)}`);

describe('the start page', () => {
  it('says what this is, offers one search box that needs no script, and says when the registry was read', async () => {
    const { pages } = await readTrials({ NCT09900001: {}, NCT09900002: {} });
    const { status, text, headers } = await pages.get('/');
    expect(status).toBe(200);
    expect(text).toMatch(/<form[^>]*action="\/search" method="get"/);
    expect(text).toMatch(/<label for="q">[^<]+<\/label>/);
    expect(textOf(text)).toContain('ClinicalTrials.gov was last read on 2 November 2026');
    expect(text).toContain('href="/conditions/asthma"');
    expect(textOf(text)).toMatch(/Asthma\n?\s*2 trials/);
    expect(headers.get('x-robots-tag')).toBeNull();
  });

  it('says that nothing was read before the first reading', async () => {
    const { pages } = await openPages();
    expect(textOf((await pages.get('/')).text)).toContain('No registry has been read yet.');
  });
});

describe('the search', () => {
  it('M4: an NCT number anywhere in what was typed leads to the trial', async () => {
    const { pages } = await openPages();
    for (const typed of [
      'NCT09900001',
      ' nct 0990 0001 ',
      'https://clinicaltrials.gov/study/NCT09900001?cond=asthma&rank=1',
      'my doctor spoke of nct09900001, I think',
    ]) {
      const { status, headers } = await search(pages, typed);
      expect([typed, status, headers.get('location')]).toEqual([typed, 303, '/trials/NCT09900001']);
    }
  });

  it('M1: a condition, its heading and lay words for it lead to one page', async () => {
    const { pages } = await openPages();
    for (const typed of ['lung cancer', 'Lung Neoplasms', 'LUNG  CANCERS', 'pulmonary cancer']) {
      const { status, headers } = await search(pages, typed);
      expect([typed, status, headers.get('location')]).toEqual([typed, 303, '/conditions/lung-neoplasms']);
    }
    expect((await search(pages, 'heart attack')).headers.get('location')).toBe(
      '/conditions/myocardial-infarction',
    );
  });

  it('M2: a word that may mean several things is a choice of links, with the words themselves', async () => {
    const studies = [
      study('NCT09900001', about(asthma, { conditions: ['Wheezing sickness'] })),
      study(
        'NCT09900002',
        about(
          { id: 'D029424', term: 'Pulmonary Disease, Chronic Obstructive' },
          { conditions: ['Wheezing sickness'] },
        ),
      ),
    ];
    const { pages } = await openPages({ days: [{ timestamp: '2026-11-02T09:00:04', studies }] });
    const { status, text } = await search(pages, 'wheezing sickness');
    expect(status).toBe(200);
    expect(linksOf(text)).toContain('/conditions/asthma');
    expect(linksOf(text)).toContain('/conditions/words-wheezing-sickness');
    expect(textOf(text)).toContain('can mean more than one thing');
    expect((await pages.get('/conditions/words-wheezing-sickness')).status).toBe(200);
  });

  it('M2: a word that only the registry knows has a page of its own', async () => {
    const studies = [study('NCT09900001', { conditions: ['Quizzling'], meshes: [] })];
    const { pages } = await openPages({ days: [{ timestamp: '2026-11-02T09:00:04', studies }] });
    const { headers } = await search(pages, 'Quizzling');
    expect(headers.get('location')).toBe('/conditions/words-quizzling');
  });

  it('M1c: an umbrella leads to narrower ones, an attribute to an explanation', async () => {
    const { pages } = await openPages();
    const { headers } = await search(pages, 'cancer');
    expect(headers.get('location')).toBe('/conditions/neoplasms');
    const umbrella = await pages.get('/conditions/neoplasms');
    expect(linksOf(umbrella.text)).toContain('/conditions/lung-neoplasms');
    expect(textOf(umbrella.text)).toContain('once a week');
    for (const typed of ['recurrence', 'metastatic cancer']) {
      const { status, text } = await search(pages, typed);
      expect([status, textOf(text).includes('cannot be followed by itself')]).toEqual([200, true]);
    }
    expect((await pages.get('/conditions/recurrence')).status).toBe(404);
  });

  it('an abbreviation that stands for many things is not guessed', async () => {
    const { pages } = await openPages();
    const { status, text } = await search(pages, 'MS');
    expect(status).toBe(200);
    expect(linksOf(text)).toContain('/conditions/multiple-sclerosis');
  });

  it('a word nobody knows: the registry was asked, and the page says so', async () => {
    const { world, pages } = await openPages();
    const { status, text } = await search(pages, 'glorbfish');
    expect(status).toBe(200);
    expect(textOf(text)).toContain('We asked the registry, and it knows no trial for “glorbfish”.');
    expect(text).toContain('value="glorbfish"');
    expect(world.recorded.requests.some(({ parameters }) => parameters['query.cond'] === 'glorbfish')).toBe(
      true,
    );
  });

  it('a registry that does not answer is said to be away; known conditions and numbers go on', async () => {
    const { world, pages } = await openPages();
    world.recorded.setFault({ kind: 'status', status: 503 });
    const { status, text } = await search(pages, 'glorbfish');
    expect(status).toBe(503);
    expect(textOf(text)).toContain('ClinicalTrials.gov does not answer at the moment');
    expect((await search(pages, 'asthma')).status).toBe(303);
  });

  it('empty, wordless and endless input comes back filled in, with the fault beside the field', async () => {
    const { pages } = await openPages();
    for (const typed of ['', '  ', '?!', 'x'.repeat(500), '\u0000']) {
      const { status, text } = await search(pages, typed);
      expect(status).toBe(400);
      expect(text).toMatch(/<input[^>]*aria-describedby="q-hint q-error" aria-invalid="true"/);
      expect(text).toMatch(/<p class="error" id="q-error">[^<]+<\/p>/);
    }
    expect((await search(pages, 'x'.repeat(500))).text).toContain(`value="${'x'.repeat(500)}"`);
    expect((await pages.get('/search')).status).toBe(200);
    expect((await pages.get('/search?q=a&q=b')).status).toBeLessThan(500);
  });

  it('C16: hostile words are inert on the page that repeats them', async () => {
    const { pages } = await openPages();
    const { text } = await search(pages, '"><script>alert(1)</script>\u202Egnp');
    expect(text).not.toContain('<script>alert');
    expect(text).not.toContain('\u202E');
    expect(text).toContain('&lt;script&gt;');
  });

  it('P12: what is searched for is written into no log and no table', async () => {
    const lines: string[] = [];
    const world = await open();
    const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
    const pages = await servePages({ ...world, context: { ...world.context, log } });
    served.push(pages);
    await search(pages, 'glorbfish');
    await search(pages, 'lung cancer');
    world.recorded.setFault({ kind: 'status', status: 503 });
    await search(pages, 'zibbering');
    await pages.get('/conditions/lung-neoplasms');
    const written = [...lines, ...(await world.dump())].join('\n');
    expect(lines.length).toBeGreaterThan(0);
    expect(written).not.toMatch(/glorbfish|zibbering|lung[- ]/i);
  });
});

describe('suggestions', () => {
  const ask = async (pages: Pages, typed: string) =>
    JSON.parse((await pages.get(`/suggest?q=${encodeURIComponent(typed)}`)).text) as {
      suggestions: { href: string; name: string; also: string; note: string }[];
    };

  it('name conditions by what is typed so far, with the number of their trials', async () => {
    const { pages } = await readTrials({ NCT09900001: {}, NCT09900002: {} });
    expect((await ask(pages, 'asth')).suggestions[0]).toEqual({
      href: '/conditions/asthma',
      name: 'Asthma',
      also: '',
      note: '2 trials',
    });
    const byOther = (await ask(pages, 'heart att')).suggestions[0];
    expect(byOther).toMatchObject({ name: 'Myocardial Infarction', also: 'heart attack' });
    for (const typed of ['', 'a', '?', 'glorbfish'])
      expect((await ask(pages, typed)).suggestions).toEqual([]);
  });

  it('M1c: never offer what cannot be followed', async () => {
    const { pages } = await openPages();
    expect((await ask(pages, 'recurrence')).suggestions).toEqual([]);
  });
});

describe('a condition', () => {
  const now = '2026-11-02T12:00:00Z';
  const stale = { verifiedOn: '2024-01', completion: '2025-06' };

  it('D4: lists recruiting trials, those confirmed last first, stale ones marked in words, UNKNOWN apart', async () => {
    const { pages } = await readTrials(
      {
        NCT09900001: { verifiedOn: '2026-03', completion: '2028-01', title: 'Confirmed in March' },
        NCT09900002: { verifiedOn: '2026-10', completion: '2028-01', title: 'Confirmed in October' },
        NCT09900003: { ...stale, title: 'Long unconfirmed' },
        NCT09900004: { status: 'UNKNOWN', verifiedOn: '2023-01', title: 'Nobody knows' },
        NCT09900005: { status: 'COMPLETED', title: 'Finished one' },
      },
      { now },
    );
    const { status, text, headers } = await pages.get('/conditions/asthma');
    expect(status).toBe(200);
    const shown = textOf(text);
    const order = ['Confirmed in October', 'Confirmed in March', 'Long unconfirmed'];
    expect([...shown.matchAll(/Confirmed in \w+|Long unconfirmed/g)].map(([title]) => title)).toEqual(order);
    expect(shown).not.toMatch(/Nobody knows|Finished one/);
    expect(shown.slice(shown.indexOf('Long unconfirmed'))).toMatch(/Please note: .*has passed/);
    expect(shown.slice(shown.indexOf('Long unconfirmed'))).toMatch(/more than 2 years ago/);
    expect(shown.slice(0, shown.indexOf('Long unconfirmed'))).not.toContain('Please note');
    expect(shown).toContain('See the 1 trial whose status is unknown');
    expect(shown).toMatch(/recruiting\n3 trials\ncompleted\n1 trial\nstatus unknown\n1 trial/);
    expect(linksOf(text)).toContain('/follow?condition=Asthma');
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    expect(headers.get('x-robots-tag')).toBeNull();

    const unknown = textOf((await pages.get('/conditions/asthma?show=unknown')).text);
    expect(unknown).toContain('Nobody knows');
    expect(unknown).not.toContain('Confirmed in');
    expect(textOf((await pages.get('/conditions/asthma?show=finished')).text)).toContain('Finished one');
  });

  it('says what it covers: the heading, other names, narrower conditions, the phrases looked for', async () => {
    const { pages } = await openPages();
    const { text } = await pages.get('/conditions/lung-neoplasms');
    const shown = textOf(text);
    expect(shown).toContain('Lung cancer: clinical trials');
    expect(shown).toContain('files under “Lung Neoplasms” (MeSH D008175)');
    expect(shown).toMatch(/Also called: .*pulmonary cancer.*cáncer de pulmón/);
    expect(shown).toContain('bronchogenic cancer');
    expect(linksOf(text)).toContain('/conditions/small-cell-lung-carcinoma');
    expect(linksOf(text)).toContain('/follow?condition=Lung%20Neoplasms');
    expect(shown).toContain('We have read no trial about this yet.');
  });

  it('M1: counts trials that name it and carry no code, though nobody follows it', async () => {
    const lungs = study('NCT09900002', { conditions: ['Bronchogenic cancer'], title: 'No code', meshes: [] });
    const other = study('NCT09900003', { conditions: ['Bronchial pattern'], title: 'Another', meshes: [] });
    const world = await open({ days: [{ timestamp: '2026-11-02T09:00:04', studies: [lungs, other] }] });
    await world.subscribe('ann@example.net', { trials: ['NCT09900002', 'NCT09900003'] });
    const shown = textOf((await (await serve(world)).get('/conditions/lung-neoplasms')).text);
    expect(shown).toContain('No code');
    expect(shown).not.toContain('Another');
  });

  it('M1b: a code that only a keyword brought about does not count', async () => {
    const { world, pages } = await readTrials({ NCT09900001: {} });
    const weak = study('NCT09900002', {
      conditions: ['Peanut allergy'],
      keywords: ['asthma'],
      title: 'Peanut trial',
      meshes: [asthma, { id: 'D021183', term: 'Peanut Hypersensitivity' }],
    });
    world.refresh('2026-11-03T09:00:04', [study('NCT09900001', about(asthma)), weak]);
    await world.subscribe('ben@example.net', { conditions: ['peanut allergy'] });
    expect(textOf((await pages.get('/conditions/peanut-hypersensitivity')).text)).toContain('Peanut trial');
    expect(textOf((await pages.get('/conditions/asthma')).text)).not.toContain('Peanut trial');
  });

  it('P9: long lists come in pages of 20 that lose and repeat nothing, whatever is added meanwhile', async () => {
    const trials = Object.fromEntries(
      Array.from({ length: 47 }, (_, at) => [
        `NCT099000${String(at + 10)}`,
        { verifiedOn: `2026-0${(at % 4) + 1}`, title: `Trial number ${at + 10}.` },
      ]),
    );
    const { pages } = await readTrials(trials);
    const seen: string[] = [];
    let path: string | undefined = '/conditions/asthma';
    for (let page = 0; path && page < 9; page++) {
      const { status, text } = await pages.get(path);
      expect(status).toBe(200);
      const titles = [...text.matchAll(/Trial number \d+/g)].map(([title]) => title);
      expect(titles.length).toBeLessThanOrEqual(20);
      seen.push(...titles);
      path = linksOf(text)
        .find((href) => href.includes('after='))
        ?.replace(/#.*/, '');
    }
    expect(seen).toHaveLength(47);
    expect(new Set(seen).size).toBe(47);
    for (const query of ['?show=everything', '?after=1', "?after=2026-01_1'%20or%201=1"])
      expect((await pages.get(`/conditions/asthma${query}`)).headers.get('location')).toBe(
        '/conditions/asthma',
      );
  });

  it('P11: tells its newest changes as sentences, and never the values of a contact', async () => {
    const { world, pages } = await readTrials({ NCT09900001: {}, NCT09900002: {} });
    expect(textOf((await pages.get('/conditions/asthma')).text)).toContain('No change has been seen');
    const contact = { name: 'Ann Person', phone: '555 0199', email: 'ann.person@example.com' };
    world.refresh('2026-11-03T09:00:04', [
      study(
        'NCT09900001',
        about(asthma, { status: 'SUSPENDED', whyStopped: 'Supply', updatedOn: '2026-11-03' }),
      ),
      study('NCT09900002', about(asthma, { contact, updatedOn: '2026-11-03' })),
    ]);
    world.setNow('2026-11-03T12:00:00Z');
    await world.poll();
    const shown = textOf((await pages.get('/conditions/asthma')).text);
    expect(shown).toContain('Now listed as paused (suspended); before: recruiting.');
    expect(shown).toContain('“Supply”');
    expect(shown).toContain('talk to the study team before you change anything');
    expect(shown).toContain('Contact details changed.');
    expect(shown).not.toMatch(/Ann Person|555 0199|ann\.person/);
  });

  it('C12: tells nothing that is held back', async () => {
    const many = (parts: StudyParts) => manyStudies(65, about(asthma, parts));
    const { world, pages } = await readTrials(
      {},
      { days: [{ timestamp: '2026-11-02T09:00:04', studies: many({}) }] },
    );
    world.refresh('2026-11-03T09:00:04', many({ status: 'SUSPENDED', updatedOn: '2026-11-03' }));
    world.setNow('2026-11-03T12:00:00Z');
    await world.poll();
    expect((await world.changes()).map(({ facet, state }) => `${facet} ${state}`)).toContain('status held');
    const shown = textOf((await pages.get('/conditions/asthma')).text);
    expect(shown).toContain('No change has been seen since we began to watch.');
  });

  it('C16: hostile registry text is inert', async () => {
    const title = `<script>alert(1)</script>\u202Etxet ${'long '.repeat(100_000)}`;
    const { pages } = await readTrials({ NCT09900001: { title } });
    const { text } = await pages.get('/conditions/asthma');
    expect(text).toContain('&lt;script&gt;');
    expect(text).not.toContain('<script>alert');
    expect(text).not.toContain('\u202E');
    expect(text.length).toBeLessThan(20_000);
  });

  it('whose address names nothing is not found, with the search box', async () => {
    const { pages } = await openPages();
    for (const path of ['no-such-illness', 'words-', 'words-Not_folded', 'words-ms', `x${'y'.repeat(150)}`]) {
      const { status, text } = await pages.get(`/conditions/${path}`);
      expect([path, status]).toEqual([path, 404]);
      expect(text).toContain('action="/search"');
    }
    expect((await pages.get('/conditions/d008175')).headers.get('location')).toBe(
      '/conditions/lung-neoplasms',
    );
  });
});

describe('all these pages', () => {
  it('are valid HTML', async () => {
    const { pages } = await readTrials({ NCT09900001: {}, NCT09900002: { status: 'UNKNOWN' } });
    const paths =
      '/ /search /search?q= /search?q=MS /search?q=glorbfish /conditions/asthma /conditions/asthma?show=unknown ' +
      '/conditions/neoplasms /conditions/words-glorbfish /conditions/no-such /about /privacy /terms /operator';
    for (const path of paths.split(' ')) {
      expect([path, await findHtmlFaults((await pages.get(path)).text)]).toEqual([path, []]);
    }
  });
});

describe.skipIf(browserPath === null)('in a browser', () => {
  const inBrowser = async (use: (browser: Browser) => Promise<void>) => {
    const browser = await openBrowser();
    try {
      await use(browser);
    } finally {
      await browser.close();
    }
  };

  it('the search box offers conditions while one types, by keyboard and by pointer, without barriers', async () => {
    const { pages } = await readTrials({ NCT09900001: {}, NCT09900002: {} });
    await inBrowser(async (browser) => {
      const tab = await openTab(browser);
      await tab.goto(pages.url);
      expect(await findBarriers(tab)).toEqual([]);
      const box = tab.getByRole('combobox');
      await box.pressSequentially('asth');
      await tab.getByRole('option').first().waitFor();
      expect(await box.getAttribute('aria-expanded')).toBe('true');
      expect(await findBarriers(tab)).toEqual([]);
      await tab.keyboard.press('ArrowDown');
      const active = await box.getAttribute('aria-activedescendant');
      expect(await tab.locator(`#${active}`).textContent()).toBe('Asthma 2 trials');
      await tab.keyboard.press('Escape');
      expect(await tab.getByRole('option').count()).toBe(0);
      await tab.keyboard.press('ArrowDown');
      await tab.keyboard.press('Enter');
      await tab.waitForURL('**/conditions/asthma');
      expect(await findBarriers(tab)).toEqual([]);

      await tab.goto(pages.url);
      await tab.getByRole('combobox').pressSequentially('heart att');
      await tab.getByRole('option').first().click();
      await tab.waitForURL('**/conditions/myocardial-infarction');
    });
  });

  it('P9: the search works without scripts, at 320 px', async () => {
    const { pages } = await readTrials({ NCT09900001: {} });
    await inBrowser(async (browser) => {
      const tab = await openTab(browser, { javaScriptEnabled: false, viewport: { width: 320, height: 600 } });
      await tab.goto(pages.url);
      await tab.getByRole('searchbox').fill('bronchial asthma');
      await tab.getByRole('button', { name: 'Find' }).click();
      await tab.waitForURL('**/conditions/asthma');
      expect(await tab.getByRole('link', { name: 'Made-up study NCT09900001' }).count()).toBe(1);
    });
  });

  it('no page juts out at 320 px', async () => {
    const { pages } = await readTrials({ NCT09900001: { title: `A ${'very'.repeat(60)} long title` } });
    await inBrowser(async (browser) => {
      const tab = await openTab(browser, { viewport: { width: 320, height: 600 } });
      for (const path of [
        '/',
        '/search?q=MS',
        '/conditions/asthma',
        '/conditions/neoplasms',
        '/privacy',
        '/operator',
      ]) {
        await tab.goto(pages.url + path);
        expect([path, await findOverflow(tab), await findBarriers(tab)]).toEqual([path, [], []]);
      }
    });
  });
});
