import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { slugOfWords } from '../../../src/core/matching/condition-names.ts';
import { about, asthma, textOf, useServedWorlds } from '../../support/find-pages.ts';
import { linksOf } from '../../support/html-text.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { study } from '../../support/study.ts';

const { open, served, openPages, readTrials } = useServedWorlds();
const search = (pages: Pages, typed: string) => pages.get(`/search?q=${encodeURIComponent(typed)}`);

describe('the start page', () => {
  it('says what this is, offers one search box that needs no script, and says when the registry was read', async () => {
    const { pages } = await readTrials({ NCT09900001: {}, NCT09900002: {} });
    const { status, text, headers } = await pages.get('/');
    expect(status).toBe(200);
    // A form that holds an address is posted: no address reaches a URL.
    expect(text).toMatch(/<form[^>]*method="post" action="\/search"/);
    const looked = await pages.post('/search', { q: 'heart & soul', email: '' });
    expect([looked.status, looked.headers.get('location')]).toEqual([303, '/search?q=heart%20%26%20soul']);
    expect(text).toMatch(/<label for="q">[^<]+<\/label>/);
    expect(textOf(text)).toContain('We last read ClinicalTrials.gov on November 2, 2026');
    expect(text).toContain('href="/conditions/asthma"');
    expect(textOf(text)).toMatch(/Asthma\n?\s*2 trials/);
    expect(headers.get('x-robots-tag')).toBeNull();
  });

  it('before the first reading it says so, and what one can do', async () => {
    const { pages } = await openPages();
    const shown = textOf((await pages.get('/')).text);
    expect(shown).toContain('We have not read the registry yet.');
    expect(shown).toContain('You can follow a trial or a condition now.');
    expect(shown).toContain('Do you run this service?');
  });

  it('shows the newest change of a status as an example, old and new; until there is one, a marked example', async () => {
    const { world, pages } = await readTrials({ NCT09900001: { title: 'Made-up study of tablets' } });
    const example = async () =>
      textOf(/<article class="card">.*?<\/article>/s.exec((await pages.get('/')).text)?.[0] ?? '');
    expect(await example()).toContain('made-up example');
    const paused = { title: 'Made-up study of tablets', status: 'SUSPENDED', updatedOn: '2026-11-03' };
    world.refresh('2026-11-03T09:00:04', [study('NCT09900001', about(asthma, paused))]);
    world.setNow('2026-11-03T12:00:00Z');
    await world.round();
    expect(await example()).toMatch(/November 3, 2026.*Made-up study of tablets.*recruiting.*paused/s);
    expect(await example()).not.toContain('made-up example');
  });
});

describe('the search', () => {
  it('M4: an NCT number anywhere in the typed words leads to the trial', async () => {
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

  it('M4: several things in one text are each a link, and numbers of other registers are named', async () => {
    const { pages } = await readTrials({
      NCT09900001: { numbers: ['2022-500123-45-00', 'GRANT-777'] },
      NCT09900002: { numbers: ['GRANT-777'] },
    });
    const both = await search(pages, 'NCT09900001, asthma NCT09900002');
    expect(linksOf(both.text)).toEqual(
      expect.arrayContaining(['/trials/NCT09900001', '/trials/NCT09900002', '/search?q=asthma']),
    );
    for (const typed of ['2022-500123-45-00', 'EU CT: ２０２２–500123–45–00'])
      expect((await search(pages, typed)).headers.get('location')).toBe('/trials/NCT09900001');
    expect((await pages.get('/trials/2022-500123-45-00')).headers.get('location')).toBe(
      '/trials/NCT09900001',
    );
    for (const [typed, said] of [
      ['2023-500123-45-00', 'is a number of the EU registry (CTIS)'],
      ['DRKS00012345', 'is a number of the German registry (DRKS)'],
      ['GRANT-777', 'several trials give “GRANT-777”: NCT09900001, NCT09900002'],
      ['NCT0990001', 'A trial number is NCT and eight digits'],
      ['BLORB-2021-44', 'looks like the number that a sponsor gave a study'],
    ] as const) {
      const text = textOf((await search(pages, typed)).text);
      expect([typed, text]).toEqual([typed, expect.stringContaining(said)]);
      expect(text).not.toMatch(/more common name|more general word/);
    }
    const spanish = await pages.get('/search?q=DRKS00012345&lang=es');
    expect(textOf(spanish.text)).toContain('es un número del registro alemán (DRKS)');
  });

  it('M1: a condition, its heading and lay words for it lead to one page', async () => {
    const { pages } = await openPages();
    for (const [typed, path] of [
      ['lung cancer', '/conditions/lung-neoplasms'],
      ['Lung Neoplasms', '/conditions/lung-neoplasms'],
      ['LUNG  CANCERS', '/conditions/lung-neoplasms'],
      // Another name is said on the page.
      ['pulmonary cancer', '/conditions/lung-neoplasms?as=pulmonary%20cancer'],
      ['heart attack', '/conditions/myocardial-infarction?as=heart%20attack'],
    ] as const) {
      const { status, headers } = await search(pages, typed);
      expect([typed, status, headers.get('location')]).toEqual([typed, 303, path]);
    }
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

  it('M2: subjects beside the words are kept apart from the words’ meanings, the words themselves first', async () => {
    const breast = { id: 'D001943', term: 'Breast Neoplasms' };
    const parts = about(breast, { title: 'Blorbatinib for breast cancer', conditions: ['Breast Cancer'] });
    const studies = [study('NCT09900001', parts)];
    const { pages } = await openPages({ days: [{ timestamp: '2026-11-02T09:00:04', studies }] });
    const { text } = await search(pages, 'Blorbatinib');
    expect(textOf(text)).toMatch(
      /we know no condition by this name.*“Blorbatinib”.*Also named in trials with “Blorbatinib”.*[Bb]reast/s,
    );
    expect(
      linksOf(text)
        .filter((link) => link.startsWith('/conditions/'))
        .slice(0, 2),
    ).toEqual(['/conditions/words-blorbatinib', '/conditions/breast-neoplasms']);
    const form = await pages.get('/follow?condition=Blorbatinib');
    expect(form.text).toMatch(/“Blorbatinib”.*Also named in trials with “Blorbatinib”:.*Breast Neoplasms/s);
  });

  it('M2: words are shown as they were typed, or as trials write them, never folded', async () => {
    const { pages, world } = await readTrials({
      NCT09900001: {
        title: 'Asthma in carriers of BRCA7',
        conditions: ['Asthma', 'Ehlers-Danlos of the lung'],
      },
    });
    const [typed = ''] = linksOf((await search(pages, 'BRCA7')).text).filter((link) =>
      link.includes('/words-'),
    );
    expect(textOf((await pages.get(typed)).text)).toContain('BRCA7: clinical trials');
    await world.subscribe('ann@example.net', { conditions: ['"ehlers-danlos"'] });
    const danlos = `/conditions/${slugOfWords('Ehlers-Danlos')}`;
    expect(textOf((await pages.get(danlos)).text)).toContain('Ehlers-Danlos: clinical trials');
    const unread = await pages.get('/conditions/words-brca-9?as=BRCA9');
    expect(textOf(unread.text)).toContain('BRCA9: clinical trials');
    expect((await pages.get('/conditions/words-brca-9?as=other')).text).not.toContain('other:');
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
      expect([status, textOf(text).includes('you cannot follow it on its own')]).toEqual([200, true]);
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
    expect(textOf(text)).toContain('The registry has no trials for “glorbfish”.');
    expect(text).toContain('value="glorbfish"');
    expect(world.recorded.requests.some(({ parameters }) => parameters['query.cond'] === 'glorbfish')).toBe(
      true,
    );
  });

  it('an unavailable registry is reported; known conditions and numbers still work', async () => {
    const { world, pages } = await openPages();
    world.recorded.setFault({ kind: 'status', status: 503 });
    const { status, text } = await search(pages, 'glorbfish');
    expect(status).toBe(503);
    expect(textOf(text)).toContain('ClinicalTrials.gov is not answering right now');
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

  it('P12: searches are written to no log and no table', async () => {
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

  it('M1c: never offer an attribute, which cannot be followed', async () => {
    const { pages } = await openPages();
    expect((await ask(pages, 'recurrence')).suggestions).toEqual([]);
  });
});
