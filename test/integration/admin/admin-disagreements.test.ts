import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { signInAsAdmin } from '../../support/admin-sign-in.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { linksOf, readWords } from '../../support/html-text.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const openWorld = useWorlds();
let world: World;
let pages: Pages;
afterEach(() => pages.close());

const email = 'admin@example.org';
const config = { adminEmails: [email] };

async function open(studies: unknown[] = []): Promise<void> {
  world = await openWorld(onDayTwo(studies, { config }));
  pages = await servePages(world);
}
const read = async (path = '/admin/disagreements') => {
  const admin = await signInAsAdmin(world, pages, email);
  const { text } = await admin.get(path);
  expect(await findHtmlFaults(text)).toEqual([]);
  return { text, words: readWords(text) };
};

describe('where the matching disagrees', () => {
  it('M1: says in words that nothing was compared yet; the overview and the quarantine lead here', async () => {
    await open();
    const { words } = await read();
    expect(words).toContain('Nothing was compared yet.');
    for (const path of ['/admin', '/admin/quarantine'])
      expect((await read(path)).text).toContain('href="/admin/disagreements"');
  });

  it('M1: shows what the weekly audit found, with each trial on our page and at the registry', async () => {
    const parts = { meshes: [{ id: 'D001249', term: 'Asthma' }], updatedOn: day(3) };
    await open([study('NCT09900005', { ...parts, conditions: ['Asthma'], updatedOn: '2026-10-01' })]);
    await world.subscribe('ann@example.net', { conditions: ['asthma'] });
    turnTo(world, 3, [
      study('NCT09900001', { ...parts, conditions: ['Asthma'] }),
      study('NCT09900003', {
        conditions: ['Hay fever'],
        keywords: ['asthma'],
        updatedOn: day(3),
        title: 'Hay <b> & sneezing',
      }),
    ]);
    await world.poll();
    const { text, words } = await read();
    expect(words).toContain(
      'Asthma 1 trial found by both, 1 only by the search of ClinicalTrials.gov, 0 only by ours.',
    );
    expect(words).toContain('Only the search of ClinicalTrials.gov finds NCT09900003');
    expect(words).not.toContain('Only our matching finds');
    expect(text).not.toContain('<b>');
    expect(linksOf(text)).toEqual(
      expect.arrayContaining(['/trials/NCT09900003', 'https://clinicaltrials.gov/study/NCT09900003']),
    );
    expect((await pages.get('/trials/NCT09900003')).status).toBe(200);
  });

  it('P9: comes with most disagreement first, page by page, each condition once; tells whose samples are whose', async () => {
    await open();
    await sql`insert into match_audits
      select 'ctgov', 'D' || n, 'Term ' || n, now(), 7, n % 3, n % 4, array['NCT00000001', 'NCT00000002', 'NCT00000003']
      from generate_series(1, 120) n`.execute(world.context.db);
    const admin = await signInAsAdmin(world, pages, email);
    const seen: { n: number; weight: number }[] = [];
    for (let path: string | undefined = '/admin/disagreements'; path !== undefined; ) {
      const { text } = await admin.get(path);
      expect(await findHtmlFaults(text)).toEqual([]);
      for (const [, n, theirs, ours] of text.matchAll(
        /Term (\d+)<[\s\S]*?(\d) only by the search of [^,]+, (\d) only/g,
      ))
        seen.push({ n: Number(n), weight: Number(theirs) + Number(ours) });
      path = /href="([^"]+)" rel="next"/.exec(text)?.[1];
    }
    expect(new Set(seen.map(({ n }) => n)).size).toBe(120);
    expect(seen).toHaveLength(120);
    const weights = seen.map(({ weight }) => weight);
    expect(weights).toEqual(weights.toSorted((one, other) => other - one));
    expect(weights[0]).toBe(5);
    const { text } = await admin.get('/admin/disagreements');
    const first = readWords(text).split('Term ')[1] ?? '';
    expect(first).toMatch(/only by the search of ClinicalTrials\.gov, 3 only by ours/);
    expect(first).toMatch(
      /Only the search of ClinicalTrials\.gov finds NCT00000001 .*NCT00000002 .*Only our matching finds NCT00000003/,
    );
    expect((await admin.get('/admin/disagreements?before=x')).status).toBe(200);
    expect(readWords((await admin.get('/admin/disagreements?before=0.ctgov.D1')).text)).toContain(
      'Nothing was compared yet',
    );
  });
});
