import { describe, expect, it } from 'vitest';
import { about, asthma, textOf, useServedWorlds } from '../../support/find-pages.ts';
import { linksOf } from '../../support/html-text.ts';
import { manyStudies, type StudyParts, study } from '../../support/study.ts';

const { open, serve, openPages, readTrials } = useServedWorlds();

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
    expect(shown).toContain('5 trials, 3 listed as recruiting.');
    expect(shown).toMatch(/recruiting \(3\)\ncompleted \(1\)\nstatus unknown \(1\)\nall \(5\)/);
    expect(text).toContain('name="follow" value="condition:Asthma"');
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
    expect(shown).toMatch(/Also called: .*pulmonary cancer/);
    const spanish = textOf((await pages.get('/conditions/lung-neoplasms?lang=es')).text);
    expect(spanish).toMatch(/cáncer de pulmón.*pulmonary cancer/);
    expect(shown).toContain('bronchogenic cancer');
    expect(linksOf(text)).toContain('/conditions/small-cell-lung-carcinoma');
    expect(text).toContain('name="follow" value="condition:Lung Neoplasms"');
    expect(shown).toContain('We have not read any trials about this yet.');
  });

  it('can be followed from its page, a concept and words alike', async () => {
    const { pages } = await readTrials({ NCT09900001: {} });
    for (const [slug, phrase] of [
      ['asthma', 'Asthma'],
      ['words-glorb-fever', 'glorb fever'],
    ] as const) {
      const { text } = await pages.get(`/conditions/${slug}`);
      const follow = /name="follow" value="([^"]*)"/.exec(text)?.[1]?.replaceAll('&quot;', '"') ?? '';
      const form = await pages.post('/subscriptions', { follow, do: 'look' });
      expect([slug, form.status]).toEqual([slug, 200]);
      expect(form.text).toMatch(new RegExp(`value="condition:[^"]*${phrase}[^"]*" checked`));
    }
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

  it('P9, L15: long lists come in pages of 20 that lose and repeat nothing, whatever is added meanwhile', async () => {
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
      path = linksOf(text.replace(/<footer[\s\S]*/, ''))
        .find((href) => href.includes('after='))
        ?.replace(/#.*/, '');
    }
    expect(seen).toHaveLength(47);
    expect(new Set(seen).size).toBe(47);
    for (const query of ['?show=everything', '?after=1', "?after=2026-01_1'%20or%201=1"])
      expect((await pages.get(`/conditions/asthma${query}`)).headers.get('location')).toBe(
        '/conditions/asthma',
      );
    const [first, deep] = [
      await pages.get('/conditions/asthma'),
      await pages.get('/conditions/asthma?page=25778'),
    ];
    expect(deep.text).toBe(first.text);
  });

  it('P11: shows its newest changes as old and new, and never the values of a contact', async () => {
    const { world, pages } = await readTrials({ NCT09900001: {}, NCT09900002: {} });
    expect(textOf((await pages.get('/conditions/asthma')).text)).toContain('There are no changes to show');
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
    expect(shown).toMatch(/Status: was recruiting → ?, now paused/);
    expect(shown).toContain('“Supply”');
    expect(shown).toContain('talk to the study team before you change anything');
    expect(shown).toContain('The contact details changed.');
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
    expect(shown).toContain('There are no changes to show since we started watching.');
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
    for (const path of ['no-such-illness', 'words-', 'words-ms', `x${'y'.repeat(150)}`]) {
      const { status, text } = await pages.get(`/conditions/${path}`);
      expect([path, status]).toEqual([path, 404]);
      expect(text).toContain('action="/search"');
    }
    expect((await pages.get('/conditions/words-GLUT1-deficiencies')).headers.get('location')).toBe(
      '/conditions/words-glut-1-deficiency',
    );
    expect((await pages.get('/conditions/d008175')).headers.get('location')).toBe(
      '/conditions/lung-neoplasms',
    );
  });
});
