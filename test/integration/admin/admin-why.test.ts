import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { listHeldChanges } from '../../../src/db/ingest/holds.ts';
import { importTrials } from '../../../src/jobs/ingest/import.ts';
import { signInAsAdmin } from '../../support/admin-sign-in.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { readWords } from '../../support/html-text.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { runProgram, serverVariables } from '../../support/program.ts';
import type { SignedIn } from '../../support/sign-in.ts';
import { manyStudies, study } from '../../support/study.ts';
import { sumTables } from '../../support/table-sums.ts';
import { useWorlds, type World } from '../../support/world.ts';

const openWorld = useWorlds();
let world: World;
let pages: Pages;
afterEach(() => pages.close());

const [admin, viewer, ann] = ['me@example.org', 'viewer@example.org', 'ann@example.net'];
const config = { adminEmails: [admin], viewerEmails: [viewer] };
const [trial, other] = ['NCT09900001', 'NCT09900002'];
const parts = { completion: '2028-03-01' };

/** Ann follows a trial and, with a filter it is outside of, asthma; the trial was suspended on 3 November. */
async function open(): Promise<{ path: string; me: SignedIn; changeId: number }> {
  world = await openWorld(
    onDayTwo([study(trial, parts), study(other, { conditions: ['Gout'] })], { config }),
  );
  await world.subscribe(ann, { trials: [trial], frequency: 'weekly' });
  await world.subscribe(ann, { conditions: ['asthma'] });
  await sql`update subscriptions set filters = '{"phases":["PHASE3"]}' where kind = 'condition'`.execute(
    world.context.db,
  );
  turnTo(world, 3, [
    study(trial, { ...parts, status: 'SUSPENDED', whyStopped: '<b>Drug</b> supply', updatedOn: day(3) }),
    study(other, { conditions: ['Gout'] }),
  ]);
  await world.poll();
  pages = await servePages(world);
  const [change] = await world.changes(trial);
  return {
    path: '/admin/subscribers/1/why',
    me: await signInAsAdmin(world, pages, admin),
    changeId: change?.id ?? -1,
  };
}

describe('the page that says why', () => {
  it('asks for no number: what concerned a person lately, told or not and why, a page at a time', async () => {
    const { path, me } = await open();
    const before = await sumTables(world.context.db);
    const recent = await me.get(path);
    expect(await sumTables(world.context.db)).toEqual(before);
    expect([recent.status, await findHtmlFaults(recent.text)]).toEqual([200, []]);
    for (const part of ['was recruiting', 'It will be in the next digest, on'])
      expect(readWords(recent.text)).toContain(part);
    expect(recent.text).toContain(`href="${path}?trial=${trial}"`);
    expect(recent.text).not.toMatch(/NCT09900002|ann@example/);
    world.setNow(`${day(9)}T09:00:00Z`);
    await world.round();
    const again = await signInAsAdmin(world, pages, admin);
    expect(readWords((await again.get(path)).text)).toContain('Told in digest 1.');
    expect((await again.get(`${path}?before=1`)).text).not.toContain(`href="${path}?trial=${trial}"`);
  });

  it('asks for a trial, and shows what of theirs matches it, by what, with which filter, and how each change ends', async () => {
    const { path, me } = await open();
    const ask = await me.get(path);
    expect([ask.status, await findHtmlFaults(ask.text)]).toEqual([200, []]);
    const before = await sumTables(world.context.db);
    const { status, text } = await me.get(`${path}?trial=${trial.toLowerCase()}`);
    expect(await sumTables(world.context.db)).toEqual(before);
    expect([status, await findHtmlFaults(text)]).toEqual([200, []]);
    for (const part of [
      'They follow it by its number.',
      'Told once a week, on Monday at 9:00 in UTC.',
      'It is looked at next on November 9, 2026 at 9:00 AM UTC.',
      'It matches by the heading “Asthma”.',
      'It is outside what they asked for: phase.',
      'It will be in the next digest, on November 9, 2026 at 9:00 AM UTC.',
    ])
      expect(text).toContain(part);
    expect(readWords(text)).toMatch(/Status: was recruiting →\s*, now paused/);
    expect(text).not.toMatch(/<b>Drug|ann@example/);
  });

  it('shows one change’s whole chain, before it is told and after', async () => {
    const { path, me, changeId } = await open();
    const one = await me.get(`${path}?change=${changeId}`);
    expect([one.status, await findHtmlFaults(one.text)]).toEqual([200, []]);
    for (const part of [
      'A change was found on November 3, 2026 at 12:00 PM UTC: Status.',
      'It was released',
      'and it will be told then',
    ])
      expect(one.text).toContain(part);
    world.setNow(`${day(9)}T09:00:00Z`);
    await world.round();
    const again = await signInAsAdmin(world, pages, admin);
    const { text } = await again.get(`${path}?trial=${trial}&change=${changeId}`);
    const row = await world.context.db
      .selectFrom('deliveries')
      .select(['message_id', 'reply'])
      .where('kind', '=', 'digest')
      .executeTakeFirstOrThrow();
    expect(text).toContain('Told in digest 1. The mail server took it.');
    expect(text).toContain(row.message_id?.replace('<', '&lt;').replace('>', '&gt;'));
  });

  it('says so when nothing of theirs matches, the trial is not stored, or it is no number', async () => {
    const { path, me } = await open();
    expect((await me.get(`${path}?trial=${other}`)).text).toContain(
      'None of their 2 subscriptions has anything to do',
    );
    for (const [asked, sentence] of [
      ['NCT09999999', 'No such trial is stored here'],
      ['"><script>x', 'This is no number of a trial'],
    ] as const) {
      const { status, text } = await me.get(`${path}?trial=${encodeURIComponent(asked)}`);
      expect([status, await findHtmlFaults(text)]).toEqual([404, []]);
      expect(text).toContain(sentence);
      expect(text).not.toContain('<script>x');
    }
    for (const nowhere of ['?change=999', '?change=999&trial=NCT09900001'])
      expect((await me.get(path + nowhere)).status).toBe(404);
    expect((await me.get(`/admin/subscribers/999/why?trial=${trial}`)).status).toBe(404);
  });

  it('names who decided about held changes, and when', async () => {
    const long = { ...parts, updatedOn: '2026-09-01' };
    world = await openWorld(onDayTwo(manyStudies(51, long), { config }));
    await importTrials(world.context, world.registry, { kind: 'all' });
    await world.subscribe(ann, { trials: ['NCT08000001'], facets: ['status', 'enrollment'] });
    turnTo(world, 3, manyStudies(51, { ...long, status: 'SUSPENDED', enrollment: 300, updatedOn: day(3) }));
    await world.poll();
    pages = await servePages(world);
    const me = await signInAsAdmin(world, pages, admin);
    const [held] = await listHeldChanges(world.context.db);
    const page = async () => (await me.get('/admin/subscribers/1/why?trial=NCT08000001')).text;
    expect(await page()).toContain(`It is held back since run ${held?.runId}, because: changed in 51`);
    // What is held concerns them without a question about the trial, too.
    expect((await me.get('/admin/subscribers/1/why')).text).toContain('It is held back since run');
    const form = { reason: 'They said so on the phone.' };
    const run = `/admin/runs/${held?.runId}`;
    expect(
      (await me.post(`${run}/discard`, { ...form, kind: 'enrollment.enrollment..', held: '102' })).status,
    ).toBe(303);
    expect(await page()).toContain(`${admin} discarded it on November 3, 2026`);
    expect((await me.post(`${run}/release`, { ...form, kind: 'all', held: '51' })).status).toBe(303);
    const status = (await world.changes('NCT08000001')).find(({ facet }) => facet === 'status');
    const chain = await me.get(`/admin/subscribers/1/why?change=${status?.id}`);
    expect(chain.text).toContain(`It was held back. ${admin} decided on November 3, 2026`);
  });

  it('P8: a viewer may read it, as it names no address; nobody else', async () => {
    const { path } = await open();
    const guest = await signInAsAdmin(world, pages, viewer);
    expect((await guest.get(`${path}?trial=${trial}`)).text).toContain('They follow it by its number.');
    expect((await pages.get(`${path}?trial=${trial}`)).status).toBe(401);
  });
});

describe('the verb “why”', () => {
  it('says the same on the command line', async () => {
    await open();
    const env = await serverVariables(world.databaseUrl);
    const ran = await runProgram(['why', ann, trial], env);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    for (const part of [
      'They follow it by its number.',
      'It will be in the next digest',
      'It is outside what they asked for: phase.',
    ])
      expect(ran.stdout).toContain(part);
    expect(ran.stdout).not.toContain(ann);
    const json = JSON.parse((await runProgram(['why', ann, trial, '--json'], env)).stdout);
    expect(json.changes[0].end.kind).toBe('next');
    const cases: [string[], number, string][] = [
      [['nobody@example.net', trial], 1, 'Nobody with this address'],
      [[ann, 'NCT09999999'], 1, 'No such trial is stored here'],
      [[ann, 'asthma'], 2, 'This is no number of a trial'],
    ];
    for (const [args, code, sentence] of cases) {
      const wrong = await runProgram(['why', ...args], env);
      expect([args, wrong.code, wrong.stdout]).toEqual([args, code, '']);
      expect(wrong.stderr).toContain(sentence);
    }
  });
});
