import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { takeLease } from '../../../src/db/leases.ts';
import { importTrials } from '../../../src/jobs/ingest/import.ts';
import { checkAlarms } from '../../../src/jobs/ops/alarms.ts';
import type { Queues } from '../../../src/queue/open.ts';
import { signInAsAdmin } from '../../support/admin-sign-in.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { createTestQueueStore } from '../../support/queue.ts';
import type { SignedIn } from '../../support/sign-in.ts';
import { manyStudies, study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const openWorld = useWorlds();
let world: World;
let pages: Pages;
let queues: Queues;
afterEach(async () => {
  await pages.close();
  await queues.close();
});

const email = 'admin@example.org';

async function open(studies: unknown[] = [study('NCT09900001')]): Promise<void> {
  world = await openWorld(onDayTwo(studies, { config: { adminEmails: [email] } }));
  queues = await (await createTestQueueStore(world.databaseUrl)).open();
  pages = await servePages(world, Promise.resolve(queues));
}
const signIn = () => signInAsAdmin(world, pages, email);
/** The page’s words, without markup. */
const read = async (admin: SignedIn, path = '/admin') => {
  const { text, status } = await admin.get(path);
  expect([status, await findHtmlFaults(text)]).toEqual([200, []]);
  return text.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
};

describe('the overview', () => {
  it('R9: lists first the alarms, each with its beginning, until they are over', async () => {
    await open();
    await world.round();
    const admin = await signIn();
    expect(await read(admin)).toContain('No alarm is raised, and no change waits for a decision.');
    world.setNow('2026-11-02T23:00:00Z');
    const late = await signIn();
    world.setNow('2026-11-04T10:00:00Z');
    await checkAlarms(world.context);
    expect((await late.get('/admin')).status).toBe(401);
    const again = await signIn();
    const words = await read(again);
    expect(words).toMatch(
      /What needs a person Alarm: the registry data is old\. The data of ClinicalTrials\.gov is from November 2, 2026, and was last read whole on November 2, 2026 at 12:00 PM/,
    );
    expect(words).toContain('Since November 4, 2026');
    expect(words).toContain('49 weekday hours. That is too old: expected is below 48.');
    world.refresh('2026-11-04T09:00:04', [study('NCT09900001')]);
    await world.round();
    const after = await read(again);
    expect(after).toContain('No alarm is raised');
    expect(after).toContain('1 weekday hour. That is as expected: below 48.');
  });

  it('C12: links to held changes by run and facet', async () => {
    const parts = { updatedOn: '2026-09-01', completion: '2028-03-01' };
    await open(manyStudies(51, parts));
    await importTrials(world.context, world.registry, { kind: 'all' });
    turnTo(world, 3, manyStudies(51, { ...parts, status: 'SUSPENDED', updatedOn: day(3) }));
    await world.round();
    const admin = await signIn();
    const words = await read(admin);
    expect(words).toContain('Status: 51 changes in 51 trials held back. Nobody is told before you decide.');
    const [, path = ''] =
      /href="(\/admin\/runs\/\d+)">Look at run/.exec((await admin.get('/admin')).text) ?? [];
    expect(await read(admin, path)).toContain('51 changes wait for a decision.');
  });

  it('P8: shows when each registry was read and is read next, and the last runs with their figures', async () => {
    await open();
    const admin = await signIn();
    expect(await read(admin)).toContain('No worker has run yet.');
    await world.subscribe('ann@example.net', { trials: ['NCT09900001'] });
    turnTo(world, 3, [study('NCT09900001', { status: 'SUSPENDED', updatedOn: day(3) })]);
    await world.round();
    const words = await read(await signIn());
    expect(words).toMatch(
      /ClinicalTrials\.gov November 3, 2026 \(09:00:04\) .*?read whole November 3, 2026.*?, asked /,
    );
    expect(words).toMatch(
      /ClinicalTrials\.gov: what is new · November 3, 2026.+? Read whole\. 1 trial changed Records read 1 Changes 1/,
    );
    const { db } = world.context;
    await takeLease(db, 'tick:poll', 'a worker', 3_600_000);
    expect(await read(await signIn())).toMatch(/The registries are asked next on/);
    await sql`update leases set expires_at = clock_timestamp() - interval '1 hour' where name = 'tick:poll'`.execute(
      db,
    );
    expect(await read(await signIn())).toContain('Does a worker run?');
  });

  it('C9: says that records are in quarantine', async () => {
    await open();
    await world.round();
    await sql`insert into quarantine (registry, registry_id, reason, raw, first_seen_at, last_seen_at)
      values ('ctgov', 'NCT1', 'x', '', now(), now()), ('ctgov', 'NCT2', 'x', '', now(), now())`.execute(
      world.context.db,
    );
    expect(await read(await signIn())).toContain('2 records could not be read and are in quarantine.');
  });

  it('R7: reports a failed job and an unavailable queue, and still shows the rest', async () => {
    await open();
    await world.round();
    const admin = await signIn();
    queues.work('sweep', async () => {
      throw new Error('no room');
    });
    await queues.enqueue('sweep', {});
    await expect.poll(async () => (await queues.counts()).sweep.failed).toBe(1);
    expect(await read(admin)).toContain('1 job failed in the queue “sweep”.');
    await pages.close();
    const away = Promise.reject(new Error('the store is away'));
    away.catch(() => {});
    pages = await servePages(world, away);
    const words = await read(await signIn());
    expect(words).toContain('The queue does not answer: the store is away.');
    expect(words).toContain('read whole');
  });

  it('R10: says when the last backup was made, and asks for the key', async () => {
    await open();
    const admin = await signIn();
    expect(await read(admin)).toContain('No backup was made yet. Is the secret key in it');
    await sql`insert into settings values ('backup-at', '2026-11-01T10:00:00.000Z')`.execute(
      world.context.db,
    );
    expect(await read(admin)).toContain('The last backup was made at November 1, 2026');
  });
});

it('counts the people, what they follow, and the emails of today', async () => {
  await open();
  await world.subscribe('ann@example.net', { trials: ['NCT09900001'], conditions: ['asthma'] });
  await world.subscribe('ben@example.net', { trials: ['NCT09900001'] });
  await world.subscribe('carol@example.net', { trials: ['NCT09900001'], consent: null });
  await sql`update subscriptions set state = 'paused' where id = 1`.execute(world.context.db);
  turnTo(world, 3, [study('NCT09900001', { status: 'SUSPENDED', updatedOn: day(3) })]);
  await world.round();
  world.setNow(`${day(4)}T12:00:00Z`);
  await world.round();
  const words = await read(await signIn());
  expect(words).toContain('People 2 follow something What they follow 2 active, 1 paused, 1 not confirmed');
  const { rows } = await sql<{ count: number }>`select count(*) as count from deliveries
    where phase = 'sent' and finished_at >= ${`${day(4)}T00:00:00Z`}`.execute(world.context.db);
  expect(rows[0]?.count).toBeGreaterThan(0);
  expect(words).toContain(`Emails today ${rows[0]?.count} sent, 0 failed, 0 came back`);
});

it('has a menu of five, and each page behind it is led to', async () => {
  await open();
  const admin = await signIn();
  const { text } = await admin.get('/admin/runs');
  const menu = /<nav class="staff[\s\S]*?<\/ul>/.exec(text)?.[0] ?? '';
  expect(menu.match(/<li>/g)).toHaveLength(5);
  expect(menu).toContain('href="/admin/runs" aria-current="page"');
  for (const [, path = ''] of (await admin.get('/admin/more')).text.matchAll(/<strong><a href="([^"]+)"/g)) {
    const page = await admin.get(path);
    expect([path, page.status]).toEqual([path, 200]);
    expect(page.text).toContain('href="/admin/more" aria-current="true"');
  }
});

describe('the list of runs', () => {
  it('P9: is paged by key, each run once, with its outcome and reason', async () => {
    await open();
    await sql`insert into runs (registry, kind, outcome, started_at, finished_at, seen, reason)
      select 'ctgov', 'poll', 'failed', now(), now(), 0, 'reason ' || n || ' <b>' from generate_series(1, 70) n`.execute(
      world.context.db,
    );
    const admin = await signIn();
    const seen: string[] = [];
    for (let path: string | undefined = '/admin/runs'; path !== undefined; ) {
      const { text } = await admin.get(path);
      expect(await findHtmlFaults(text)).toEqual([]);
      expect(text).not.toContain('<b>');
      seen.push(...[...text.matchAll(/reason (\d+)/g)].map(([, n]) => n ?? ''));
      path = /href="(\/admin\/runs\?before=\d+)"/.exec(text)?.[1];
    }
    expect(seen).toEqual(Array.from({ length: 70 }, (_, n) => String(70 - n)));
  });
});
