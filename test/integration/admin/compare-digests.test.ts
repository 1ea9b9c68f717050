import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { listAudit } from '../../../src/db/audit-log.ts';
import { listHeldChanges } from '../../../src/db/ingest/holds.ts';
import { compareDigests } from '../../../src/jobs/admin/compare-digests.ts';
import { planDigests } from '../../../src/jobs/digests/plan.ts';
import { importTrials } from '../../../src/jobs/ingest/import.ts';
import { releaseHeldChanges } from '../../../src/use-cases/admin/decide-held.ts';
import { signInAsAdmin } from '../../support/admin-sign-in.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { spoilContents } from '../../support/digest-contents.ts';
import { servePages } from '../../support/pages.ts';
import { makeDataDir, runProgram, serverVariables } from '../../support/program.ts';
import { manyStudies, study } from '../../support/study.ts';
import { sumTables } from '../../support/table-sums.ts';
import { useWorlds, type Wish, type World } from '../../support/world.ts';

const openWorld = useWorlds();
const folder = makeDataDir();
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const [admin, viewer] = ['me@example.org', 'viewer@example.org'];
const parts = { completion: '2028-03-01' };
const since = `${day(2)}T00:00:00.000Z`;
const how = { since, atMost: 100, samplesAtMost: 5 };

const wishes: Wish[] = [
  { trials: ['NCT09900001'] },
  { trials: ['NCT09900001', 'NCT09900002'], language: 'es' },
  { conditions: ['asthma'], frequency: 'daily' },
  { trials: ['NCT09900002'], conditions: ['asthma'], frequency: 'immediate' },
];

/** Everybody's digests of two days: changes, some of them netted, and what the registry changed since. */
async function openPlanned(): Promise<World> {
  const config = { adminEmails: [admin], viewerEmails: [viewer] };
  const world = await openWorld(
    onDayTwo([study('NCT09900001', parts), study('NCT09900002', parts)], { config }),
  );
  for (const [n, wish] of wishes.entries()) await world.subscribe(`reader${n}@example.net`, wish);
  const suspended = { ...parts, status: 'SUSPENDED', whyStopped: 'Drug supply' };
  turnTo(world, 3, [
    study('NCT09900001', { ...suspended, updatedOn: day(3) }),
    study('NCT09900002', { ...parts, enrollment: 999, completion: '2029-05', updatedOn: day(3) }),
    study('NCT09900003', { ...parts, firstPostedOn: day(3), updatedOn: day(3) }),
  ]);
  await world.poll();
  await planDigests(world.context);
  turnTo(world, 4, [
    study('NCT09900001', { ...parts, updatedOn: day(4) }),
    study('NCT09900002', { ...suspended, updatedOn: day(4) }),
    study('NCT09900003', { ...suspended, firstPostedOn: day(3), updatedOn: day(4) }),
  ]);
  await world.poll();
  await planDigests(world.context);
  // Later changes are not part of them.
  turnTo(world, 5, [
    study('NCT09900001', { ...suspended, title: 'Another title', updatedOn: day(5) }),
    study('NCT09900002', { ...parts, updatedOn: day(5) }),
    study('NCT09900003', { ...parts, firstPostedOn: day(3), updatedOn: day(5) }),
  ]);
  await world.poll();
  return world;
}

const count = async ({ context }: World) =>
  (await context.db.selectFrom('digests').select('id').execute()).length;

describe('digests made again', () => {
  it('are as they were promised, whatever the registry changed since, and nothing is written', async () => {
    const world = await openPlanned();
    const before = await sumTables(world.context.db);
    const compared = await compareDigests(world.context, how);
    expect(Object.values(compared.kinds).flatMap(({ samples }) => samples.map(({ diff }) => diff))).toEqual(
      [],
    );
    expect(compared).toMatchObject({ digests: await count(world), differing: 0, isCut: false });
    expect(compared.digests).toBeGreaterThan(6);
    expect(await sumTables(world.context.db)).toEqual(before);
  });

  it('hide changes that were held then, even if they were released since', async () => {
    const all = (more = {}) => manyStudies(51, { ...parts, updatedOn: '2026-09-01', ...more });
    const world = await openWorld(onDayTwo(all()));
    await importTrials(world.context, world.registry, { kind: 'all' });
    await world.subscribe('ann@example.net', { trials: ['NCT08000001'] });
    turnTo(world, 3, all({ status: 'SUSPENDED', completion: '2029-01', updatedOn: day(3) }));
    await world.poll();
    const [held] = await listHeldChanges(world.context.db);
    await releaseHeldChanges(world.context, held?.runId ?? -1, 'dates', world.context.now());
    await planDigests(world.context);
    world.setNow(`${day(4)}T08:00:00Z`);
    await releaseHeldChanges(world.context, held?.runId ?? -1, 'status', world.context.now());
    expect(await compareDigests(world.context, how)).toMatchObject({ digests: 1, differing: 0 });
  });

  it('differ where a rule would now tell otherwise: counted by kind, with what is other, and no address', async () => {
    const world = await openPlanned();
    const { db } = world.context;
    // As if the stored one came from other rules: another order of weight, another word, a change that is told no more.
    await spoilContents(db, 'COMPLETED', sql`id = 1`);
    await sql`update changes set change = jsonb_set(change, '{after}', '"UNKNOWN"') where kind = 'status'`.execute(
      db,
    );
    const { kinds, differing, digests } = await compareDigests(world.context, how);
    expect(differing).toBeGreaterThan(1);
    expect(differing).toBeLessThanOrEqual(digests);
    expect(kinds.text.count).toBeGreaterThan(0);
    expect(kinds.text.samples[0]?.diff).toMatch(/^-.*completed[\s\S]*^\+/m);
    expect(JSON.stringify(kinds)).not.toContain('@example.net');
    const cut = await compareDigests(world.context, { since, atMost: 2, samplesAtMost: 1 });
    expect(cut).toMatchObject({ digests: 2, isCut: true });
    expect(cut.kinds.text.samples.length).toBeLessThanOrEqual(1);
  });
});

describe('the verb “preview”', () => {
  it('saves the mails of one checkout and compares them with another’s, and keeps the file to its owner', async () => {
    const world = await openPlanned();
    const env = await serverVariables(world.databaseUrl);
    const file = join(folder.path, 'saved');
    const first = await runProgram(['preview', '--since', since, '--save', file], env);
    expect([first.code, first.stderr]).toEqual([0, '']);
    expect(first.stdout).toContain(`${await count(world)} digests were composed again; 0 differ.`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await runProgram(['preview', '--since', since, '--save', file], env);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('cannot be created')]);
    // As another checkout's templates had made them.
    const saved = readFileSync(file, 'utf8');
    expect(saved).not.toContain('@example.net');
    writeFileSync(`${file}-old`, saved.replace('Registry data from', 'Older data from'));
    const other = await runProgram(['preview', '--since', since, '--against', `${file}-old`], env);
    expect([other.code, other.stderr]).toEqual([0, '']);
    expect(other.stdout).toContain('1 differ.');
    expect(other.stdout).toMatch(/^-Older data from .*\n\+Registry data from/m);
    const json = await runProgram(
      ['preview', '--since', `${day(9)}T00:00:00Z`, '--against', file, '--json'],
      env,
    );
    expect(JSON.parse(json.stdout)).toMatchObject({ digests: 0, differing: 0, unknown: await count(world) });
  });

  it('reports faults of its files and numbers', async () => {
    const wrong = join(folder.path, 'wrong');
    writeFileSync(wrong, 'no JSON');
    const cases: [string[], number, RegExp][] = [
      [['--show', 'all'], 2, /--show must be a number/],
      [['--since', 'yesterday'], 2, /an instant in ISO 8601/],
      [['--against', wrong], 1, /is not a file of saved digests/],
      [['--against', `${wrong}er`], 1, /is not a file of saved digests/],
    ];
    for (const [args, code, sentence] of cases) {
      const ran = await runProgram(['preview', ...args], {});
      expect([args, ran.code, ran.stdout]).toEqual([args, code, '']);
      expect(ran.stderr).toMatch(sentence);
    }
  });
});

describe('the page of yesterday’s digests', () => {
  it('P8: shows only those that differ, after an act that is written down; a viewer sees none', async () => {
    const world = await openPlanned();
    const pages = await servePages(world);
    closers.push(pages.close);
    const { db } = world.context;
    world.setNow(`${day(5)}T08:00:00Z`);
    const me = await signInAsAdmin(world, pages, admin);
    const ask = await me.get('/admin/preview');
    expect([ask.status, await findHtmlFaults(ask.text)]).toEqual([200, []]);
    expect((await me.post('/admin/preview', {})).text).toContain('None differs.');
    await spoilContents(db, 'COMPLETED');
    const before = await sumTables(db, ['audit_log']);
    const { text } = await me.post('/admin/preview', {});
    expect(await sumTables(db, ['audit_log'])).toEqual(before);
    expect(await findHtmlFaults(text)).toEqual([]);
    expect(text).toContain('another text');
    expect(text).toContain('<del>− * Status: ‖ paused → ✓ completed</del>');
    expect(text).not.toContain('@example.net');
    const filter = { actor: null, act: 'compare-digests', subject: null, from: null, until: null };
    expect(await listAudit(db, filter, { before: null, limit: 9 })).toMatchObject([
      { actor: admin, subject: 'digests' },
      { details: { differing: 0 } },
    ]);
    const guest = await signInAsAdmin(world, pages, viewer);
    expect((await guest.get('/admin/preview')).text).not.toContain('action="/admin/preview"');
    expect((await guest.post('/admin/preview', {})).status).toBe(403);
  });
});
