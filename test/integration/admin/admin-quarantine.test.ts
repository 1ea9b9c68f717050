import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { listAudit } from '../../../src/db/audit-log.ts';
import { packJson } from '../../../src/db/ingest/raw.ts';
import { takeLease } from '../../../src/db/leases.ts';
import { signInAsAdmin } from '../../support/admin-sign-in.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { readWords } from '../../support/html-text.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import type { SignedIn } from '../../support/sign-in.ts';
import { type StudyParts, study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const openWorld = useWorlds();
let world: World;
let pages: Pages;
afterEach(() => pages.close());

const [me, viewer] = ['me@example.org', 'viewer@example.org'];
const id = 'NCT09900001';
const config = { adminEmails: [me], viewerEmails: [viewer] };

/** A record with a status that nobody knows. */
function spoilt(parts: StudyParts = {}) {
  const raw = study(id, { updatedOn: day(3), title: 'A <b>made-up</b> & quoted "study"', ...parts });
  raw.protocolSection.statusModule.overallStatus = 'MOSTLY_RECRUITING';
  return raw;
}

/** Ann follows a trial whose record of 3 November cannot be trusted. */
async function openSpoilt(): Promise<SignedIn> {
  world = await openWorld(onDayTwo([study(id)], { config }));
  await world.subscribe('ann@example.net', { trials: [id] });
  turnTo(world, 3, [spoilt()]);
  await world.round();
  pages = await servePages(world);
  return signInAsAdmin(world, pages, me);
}
/** The registry's answers a moment later; sessions continue. */
const refresh = (...studies: unknown[]) => world.refresh(`${day(4)}T09:00:04`, studies);
const setAside = async () => {
  const { rows } = await sql<{ id: number; times: number; recovered_at: string | null; reason: string }>`
    select id, times, recovered_at, reason from quarantine order by id`.execute(world.context.db);
  return rows;
};
const logged = async () => {
  const filter = { actor: null, act: 'read-again', subject: null, from: null, until: null };
  return listAudit(world.context.db, filter, { before: null, limit: 100 });
};
const again = (admin: SignedIn, row = 1) => admin.post(`/admin/quarantine/${row}/again`, {});

describe('the list of records in quarantine', () => {
  it('C9: is led to by the overview, and says which, why, how often and when', async () => {
    await openSpoilt();
    turnTo(world, 4, [spoilt()]);
    const admin = await signInAsAdmin(world, pages, me);
    const overview = (await admin.get('/admin')).text;
    expect(overview).toMatch(/1 record could not be read[\s\S]{0,200}href="\/admin\/quarantine"/);
    const { text } = await admin.get('/admin/quarantine');
    expect(await findHtmlFaults(text)).toEqual([]);
    const words = readWords(text);
    expect(words).toContain('NCT09900001 ClinicalTrials.gov');
    expect(words).toContain('Status module, overall status');
    expect(words).toMatch(/Read 2 times\. First on November 3, 2026.+, last on November 4, 2026/);
    expect(readWords((await admin.get('/admin/quarantine?show=recovered')).text)).toContain(
      'No record recovered',
    );
  });

  it('P9: is paged by key, each record once; what recovered stands in a list of its own', async () => {
    world = await openWorld(onDayTwo([], { config }));
    pages = await servePages(world);
    await sql`insert into quarantine (registry, registry_id, reason, raw, first_seen_at, last_seen_at, recovered_at)
      select 'ctgov', 'NCT' || lpad(n::text, 8, '0'), 'reason ' || n || ' <b>', ${packJson(null)}, now(), now(),
        case when n % 3 = 0 then now() end from generate_series(1, 180) n`.execute(world.context.db);
    const admin = await signInAsAdmin(world, pages, me);
    const lists: string[][] = [];
    for (const first of ['/admin/quarantine', '/admin/quarantine?show=recovered']) {
      const seen: string[] = [];
      for (let path: string | undefined = first; path !== undefined; ) {
        const { text } = await admin.get(path);
        expect(await findHtmlFaults(text)).toEqual([]);
        expect(text).not.toContain('<b>');
        seen.push(...[...text.matchAll(/reason (\d+)/g)].map(([, n]) => n ?? ''));
        path = /href="([^"]+)" rel="next"/.exec(text)?.[1]?.replaceAll('&amp;', '&');
      }
      lists.push(seen);
    }
    const all = Array.from({ length: 180 }, (_, n) => 180 - n);
    expect(lists).toEqual([
      all.filter((n) => n % 3 > 0).map(String),
      all.filter((n) => n % 3 === 0).map(String),
    ]);
  });
});

describe('the page of one record', () => {
  it('C9: shows the raw text as text, cut, with all of it as a download', async () => {
    await openSpoilt();
    const summary = 'long '.repeat(10_000);
    turnTo(world, 4, [spoilt({ summary })]);
    const admin = await signInAsAdmin(world, pages, me);
    const { text } = await admin.get('/admin/quarantine/1');
    expect(await findHtmlFaults(text)).toEqual([]);
    expect(text).toContain('&lt;b&gt;made-up&lt;/b&gt;');
    expect(text).not.toContain('<b>');
    expect(text).toContain('href="https://clinicaltrials.gov/study/NCT09900001"');
    expect(text.length).toBeLessThan(40_000);
    expect(readWords(text)).toMatch(/The first 20,000 of \d\d,\d{3} signs/);
    const whole = await admin.get('/admin/quarantine/1/raw');
    expect(whole.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(whole.headers.get('content-disposition')).toBe('attachment; filename="NCT09900001.txt"');
    expect(JSON.parse(whole.text)).toMatchObject({
      protocolSection: { descriptionModule: { briefSummary: summary } },
    });
  });

  it('P8: gives a viewer the text and no way to try again', async () => {
    await openSpoilt();
    const guest = await signInAsAdmin(world, pages, viewer);
    const { text } = await guest.get('/admin/quarantine/1');
    expect(text).toContain('MOSTLY_RECRUITING');
    expect(text).not.toContain('/again');
    expect((await again(guest)).status).toBe(403);
    expect(await setAside()).toMatchObject([{ times: 1, recovered_at: null }]);
  });

  it('is no page for a record that is none, and says so of a text that cannot be read', async () => {
    const admin = await openSpoilt();
    for (const path of ['/admin/quarantine/2', '/admin/quarantine/x', '/admin/quarantine/2/raw'])
      expect([path, (await admin.get(path)).status]).toEqual([path, 404]);
    expect((await again(admin, 2)).status).toBe(404);
    await sql`update quarantine set raw = ''`.execute(world.context.db);
    const { text } = await admin.get('/admin/quarantine/1');
    expect(text).toContain('The text that was kept cannot be read.');
    expect((await admin.get('/admin/quarantine/1/raw')).status).toBe(404);
  });
});

describe('trying a record again', () => {
  it('C9, P8: heals it when the registry’s answer can be trusted by now; what changed is told, and the act is in the log', async () => {
    const admin = await openSpoilt();
    refresh(study(id, { updatedOn: day(3), status: 'COMPLETED' }));
    const { status, text } = await again(admin);
    expect(await findHtmlFaults(text)).toEqual([]);
    expect([status, readWords(text)]).toEqual([200, expect.stringContaining('It recovered')]);
    expect(text).toContain('href="/trials/NCT09900001"');
    expect(await setAside()).toMatchObject([{ recovered_at: `${day(3)}T12:00:00.000Z` }]);
    expect(await logged()).toMatchObject([
      { actor: me, subject: `record ${id}`, details: { registry: 'ctgov', row: 1 } },
    ]);
    const page = (await admin.get('/admin/quarantine/1')).text;
    expect(page).toContain('The text is not kept once a record recovered');
    expect(page).not.toContain('/again');
    expect((await admin.get('/admin/quarantine/1/raw')).status).toBe(404);
    expect((await admin.get('/admin/quarantine?show=recovered')).text).toContain(id);
    const late = await again(admin);
    expect([late.status, readWords(late.text)]).toEqual([409, expect.stringContaining('recovered already')]);
    expect(await logged()).toHaveLength(1);
    world.setNow(`${day(5)}T12:00:00Z`);
    await world.round();
    expect((await world.mails('ann@example.net')).at(-1)?.text).toContain('→ ✓ completed');
  });

  it('C9: says the reason when it is still not trusted, and counts it', async () => {
    const admin = await openSpoilt();
    const { status, text } = await again(admin);
    expect(await findHtmlFaults(text)).toEqual([]);
    const words = readWords(text);
    expect([status, words]).toEqual([200, expect.stringContaining('It is still not trusted')]);
    expect(words).toMatch(/NCT09900001 stays in quarantine: Status module, overall status/);
    expect(await setAside()).toMatchObject([{ times: 2, recovered_at: null }]);
    expect(await logged()).toHaveLength(1);
  });

  it('C9: says that the registry is away, and leaves everything as it was', async () => {
    const admin = await openSpoilt();
    world.recorded.setFault({ kind: 'status', status: 500 });
    const { status, text } = await again(admin);
    expect(await findHtmlFaults(text)).toEqual([]);
    expect([status, readWords(text)]).toEqual([503, expect.stringContaining('The registry is away')]);
    expect(text).toContain('has an internal error (500)');
    expect(await setAside()).toMatchObject([{ times: 1, recovered_at: null }]);
  });

  it('C9: says that the registry does not know it', async () => {
    const admin = await openSpoilt();
    refresh();
    const { status, text } = await again(admin);
    expect([status, readWords(text)]).toEqual([
      200,
      expect.stringContaining('The registry does not know it'),
    ]);
    expect(await setAside()).toMatchObject([{ times: 1, recovered_at: null }]);
    expect((await admin.get('/admin/quarantine')).text).toContain(id);
  });

  it('C9: one that was taken up under another number heals with that record', async () => {
    const admin = await openSpoilt();
    refresh(study('NCT09900002', { aliases: [id] }));
    const { text } = await again(admin);
    expect(text).toContain('It recovered');
    expect(await setAside()).toMatchObject([{ recovered_at: `${day(3)}T12:00:00.000Z` }]);
  });

  it('R5: says so while another process reads the registry', async () => {
    const admin = await openSpoilt();
    await takeLease(world.context.db, 'read:ctgov', 'another', 60_000);
    const { status, text } = await again(admin);
    expect([status, readWords(text)]).toEqual([503, expect.stringContaining('is being read just now')]);
    expect(await setAside()).toMatchObject([{ times: 1, recovered_at: null }]);
  });

  it('C8: offers nothing for a record that does not say whose it is', async () => {
    world = await openWorld(onDayTwo([study('NCT09900002')], { config }));
    await world.round();
    const nameless = spoilt();
    delete nameless.protocolSection.identificationModule;
    turnTo(world, 3, [study('NCT09900002'), nameless]);
    await world.round();
    pages = await servePages(world);
    const admin = await signInAsAdmin(world, pages, me);
    const { text } = await admin.get('/admin/quarantine/1');
    expect(await findHtmlFaults(text)).toEqual([]);
    expect(readWords(text)).toContain('It does not say which trial it is of');
    expect(text).not.toContain('/again');
    expect((await again(admin)).status).toBe(422);
    expect(await logged()).toEqual([]);
  });
});
