import fc from 'fast-check';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import { netChanges } from '../../../src/core/digests/net.ts';
import { rollbackAlways } from '../../../src/db/admin/rollback-always.ts';
import { TrialCache } from '../../../src/db/catalog/versions.ts';
import type { Tx } from '../../../src/db/connect.ts';
import { takeDueSubscribers } from '../../../src/db/digests/due-subscriptions.ts';
import { openFollowGroups } from '../../../src/jobs/digests/follow-groups.ts';
import { planFor } from '../../../src/jobs/digests/plan.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { readWords } from '../../support/html-text.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { signIn } from '../../support/sign-in.ts';
import { study } from '../../support/study.ts';
import { addVersion } from '../../support/two-ways.ts';
import { useWorlds, type World } from '../../support/world.ts';

const openWorld = useWorlds();
let pages: Pages | null = null;
afterEach(async () => {
  await pages?.close();
  pages = null;
});

const frequencies = ['daily', 'weekly', 'immediate'] as const;
const statuses = ['RECRUITING', 'SUSPENDED', 'COMPLETED'];
/** Twenty days: on each, a trial may get a status in the morning and in the evening. */
const someWeeks = fc.record({
  days: fc.array(
    fc.array(fc.record({ trial: fc.integer({ min: 1, max: 3 }), status: fc.constantFrom(...statuses) }), {
      maxLength: 2,
    }),
    { minLength: 20, maxLength: 20 },
  ),
  frequencies: fc.tuple(...[1, 2, 3].map(() => fc.constantFrom(...frequencies))),
  cap: fc.constantFrom(1, 2, 3),
  timezone: fc.constantFrom('UTC', 'America/New_York', 'Pacific/Auckland'),
});
type Weeks = typeof someWeeks extends fc.Arbitrary<infer T> ? T : never;
type SomeWeeks = Omit<Weeks, 'cap'> & { cap: number };

/** Two people who follow the same three trials alike; the second has a limit. */
async function addPeople(tx: Tx, { frequencies: often, cap, timezone }: SomeWeeks): Promise<void> {
  for (const [n, limit] of [null, cap].entries()) {
    await sql`insert into subscribers (id, address, address_hash, language, timezone, hour, weekly_cap, next_due_at, created_at)
      overriding system value values (${n + 1}, int4send(${n}), int4send(${n}), 'en', ${timezone}, 9, ${limit}, ${at(1, 0)}, ${at(1, 0)})`.execute(
      tx,
    );
    for (const [m, frequency] of often.entries())
      await sql`insert into subscriptions (subscriber_id, state, kind, registry, registry_id, words, phrases, topics, filters, facets,
          frequency, weekday, position, watching_since, next_due_at, created_at)
        values (${n + 1}, 'active', 'trial', 'ctgov', ${idOf(m + 1)}, ${idOf(m + 1)}, '{}', ${[topicOf(m + 1)]}::text[], '{}', '{status}',
          ${frequency}, 3, 0, ${at(1, 0)}, ${at(1, 0)}, ${at(1, 0)})`.execute(tx);
  }
}
const idOf = (trial: number) => `NCT0990000${trial}`;
const topicOf = (trial: number) => `trial:ctgov:${idOf(trial)}`;
const at = (days: number, hour: number) => new Date(Date.UTC(2026, 10, days, hour)).toISOString();

/** Releases a change of a trial's status as the end of a run does. */
async function release(tx: Tx, position: number, trial: number, status: string, now: string): Promise<void> {
  const before = await addVersion(tx, trial, { status });
  if (before === status) return;
  const change = { facet: 'status', kind: 'status', before, after: status };
  await sql`insert into changes (id, trial_id, version, run_id, facet, kind, change, weight, topics, state, position, detected_at, released_at)
    overriding system value select ${position}, id, version, 1, 'status', 'status', ${JSON.stringify(change)}::jsonb, 1,
      ${[topicOf(trial)]}::text[], 'released', ${position}, ${now}, ${now} from trials where id = ${trial}`.execute(
    tx,
  );
  await sql`insert into topic_changes (topic, position) values (${topicOf(trial)}, ${position})`.execute(tx);
  await sql`update counters set value = ${position} where name = 'position'`.execute(tx);
  await sql`update subscriptions set next_due_at = least(next_due_at, ${now}::timestamptz) where frequency = 'immediate'`.execute(
    tx,
  );
  await sql`update subscribers p set next_due_at = (
    select min(next_due_at) from subscriptions s where s.subscriber_id = p.id)`.execute(tx);
}

/** What both people were told, by change and by email. */
type Told = { person: number; changeId: number; digestId: number | null; change: Change; trial: number };
type Mailed = { person: number; id: number; on: string; waited: number | null };

async function liveThrough(world: World, weeks: SomeWeeks): Promise<{ told: Told[]; mailed: Mailed[] }> {
  return rollbackAlways(world.context.db, async (tx) => {
    await addPeople(tx, weeks);
    const shared = { trials: new TrialCache(), nextTimes: new Map(), groups: openFollowGroups() };
    let position = 0;
    let dueAt = '';
    const findDue = async () => {
      const { rows } = await sql<{ at: string }>`select min(next_due_at) as at from subscribers`.execute(tx);
      dueAt = rows[0]?.at ?? at(99, 0);
    };
    const plan = async (now: string) => {
      const how = { registry: 'ctgov', dataDay: now.slice(0, 10), readAt: now, now };
      const { failed, publish } = await planFor(tx, await takeDueSubscribers(tx, now, 9), shared, how);
      expect([...failed.values()]).toEqual([]);
      publish();
      await findDue();
    };
    // A quiet fortnight at the end: whatever waits goes out.
    for (let n = 1; n <= weeks.days.length + 15; n += 1)
      for (let hour = 0; hour < 24; hour += 3) {
        const [morning, evening] = weeks.days[n - 1] ?? [];
        const change = hour === 6 ? morning : hour === 18 ? evening : undefined;
        const now = at(n, hour);
        if (change) {
          await release(tx, ++position, change.trial, change.status, now);
          await findDue();
        }
        if (dueAt <= now) await plan(now);
      }
    const { rows: told } = await sql<Told>`
      select i.subscriber_id as person, c.id as "changeId", i.digest_id as "digestId", c.change, c.trial_id as trial
      from digest_items i join changes c on c.id = i.change_id order by i.subscriber_id, c.position`.execute(
      tx,
    );
    const { rows: mailed } = await sql<Mailed>`
      select g.subscriber_id as person, g.id, (g.planned_at at time zone p.timezone)::date::text as on,
        (g.content ->> 'waited')::int as waited
      from digests g join subscribers p on p.id = g.subscriber_id order by g.id`.execute(tx);
    return { told, mailed };
  });
}

const dayNumber = (on: string) => Date.parse(on) / 86_400_000;

function check({ told, mailed }: Awaited<ReturnType<typeof liveThrough>>, cap: number): void {
  const [free, limited] = [1, 2].map((person) => told.filter((one) => one.person === person));
  // Nothing lost, nothing twice: the same changes, each settled once.
  expect(limited?.map(({ changeId }) => changeId)).toEqual(free?.map(({ changeId }) => changeId));
  // And they come to the same for each trial, however they were put together.
  const sums = (some: Told[] = []) =>
    [...Map.groupBy(some, ({ trial }) => trial)].map(([trial, all]) => [
      trial,
      netChanges(all.map(({ change }) => change)),
    ]);
  expect(sums(limited)).toEqual(sums(free));
  const days = mailed.filter(({ person }) => person === 2).map(({ on }) => dayNumber(on));
  for (const one of days)
    expect(days.filter((other) => other <= one && other > one - 7).length).toBeLessThanOrEqual(cap);
  expect(mailed.filter(({ person, waited }) => person === 1 && waited !== null)).toEqual([]);
}

/** A world with three stored trials and nobody. */
async function openFollowed(): Promise<World> {
  const studies = [1, 2, 3].map((n) => study(idOf(n)));
  const world = await openWorld({ days: [{ timestamp: '2026-11-02T09:00:04', studies }] });
  await world.subscribe('ann@example.net', { trials: [1, 2, 3].map(idOf) });
  await world.context.db.deleteFrom('subscribers').execute();
  return world;
}

describe('a limit of emails in 7 days', () => {
  it('D13: what waits comes in the next email: nothing lost, nothing twice, and never more emails than chosen', async () => {
    const world = await openFollowed();
    let [waited, fewer] = [0, 0];
    await fc.assert(
      fc.asyncProperty(someWeeks, async (weeks) => {
        const lived = await liveThrough(world, weeks);
        check(lived, weeks.cap);
        waited += lived.mailed.filter((mail) => mail.waited !== null).length;
        const count = (person: number) => lived.mailed.filter((mail) => mail.person === person).length;
        fewer += count(1) - count(2);
      }),
      { numRuns: 5 },
    );
    expect(waited).toBeGreaterThan(3);
    expect(fewer).toBeGreaterThan(3);
    // Without the limit the same check fails.
    const always = fc.asyncProperty(someWeeks, async (weeks) => {
      check(await liveThrough(world, { ...weeks, cap: 100 }), 1);
    });
    await expect(fc.assert(always, { numRuns: 20, endOnFailure: true })).rejects.toThrow();
  });

  it('D13: makes nothing wait where there is no news: a weekly follow keeps its day, and no email says that something waited', async () => {
    const world = await openFollowed();
    const days: SomeWeeks['days'] = Array.from({ length: 20 }, () => []);
    const change = (n: number, trial: number) => {
      days[n - 1] = [{ trial, status: 'SUSPENDED' }];
    };
    // Two emails, on Tuesday and on Wednesday, use the limit up. On Monday a trial followed on Wednesdays changes.
    change(3, 1);
    change(4, 3);
    change(9, 2);
    const frequencies: SomeWeeks['frequencies'] = ['daily', 'weekly', 'daily'];
    const { mailed } = await liveThrough(world, { days, frequencies, cap: 2, timezone: 'UTC' });
    const of = (person: number) => mailed.filter((mail) => mail.person === person).map(({ on }) => on);
    expect(of(1)).toEqual(['2026-11-03', '2026-11-04', '2026-11-11']);
    expect(of(2)).toEqual(of(1));
    expect(mailed.filter(({ waited }) => waited !== null)).toEqual([]);
  });
});

describe('the choice of a limit', () => {
  it('D13: is made in the settings; the email and its page say that news waited, and the page of what one follows when it goes', async () => {
    const world = await openWorld(onDayTwo([study('NCT09900001')]));
    const email = 'ann@example.net';
    await world.subscribe(email, { trials: ['NCT09900001'], frequency: 'daily', hour: 9 });
    pages = await servePages(world);
    const ann = await signIn(world, pages, email);
    const fields = { hour: '9', zone: 'UTC', subject: 'neutral', language: 'en' };
    await ann.post('/manage/settings', { ...fields, cap: '1' });
    const settings = (await ann.get('/manage/settings')).text;
    expect(settings).toContain('name="cap" value="1" checked');
    expect(await findHtmlFaults(settings)).toEqual([]);
    // A value of nobody's form changes nothing, as does a form without the field.
    await ann.post('/manage/settings', { ...fields, cap: '9' });
    await ann.post('/manage/settings', fields);
    const capOf = async () =>
      (await world.context.db.selectFrom('subscribers').select('weekly_cap').executeTakeFirst())?.weekly_cap;
    expect(await capOf()).toBe(1);
    const turn = async (n: number, status: string) => {
      turnTo(world, n, [study('NCT09900001', { status, updatedOn: day(n) })]);
      await world.round();
    };
    const digests = async () =>
      (await world.mails(email)).map(({ text = '' }) => text).filter((text) => text.includes('NCT09900001'));
    await turn(3, 'SUSPENDED');
    await turn(4, 'RECRUITING');
    expect(await digests()).toHaveLength(1);
    for (const n of [5, 6, 7, 8, 9]) await turn(n, 'RECRUITING');
    expect(await digests()).toHaveLength(1);
    world.setNow(`${day(10)}T08:30:00Z`);
    const later = await signIn(world, pages, email);
    expect(readWords((await later.get('/manage')).text)).toContain('November 10, 2026 at 9:00 AM UTC');
    await turn(10, 'RECRUITING');
    const [first = '', second = ''] = await digests();
    const said = 'Some of this is from earlier: it waited because you limit';
    expect(first).not.toContain(said);
    expect(second.replace(/\s+/g, ' ')).toContain(said);
    const path = /https:\/\/bell\.example\.org(\/digests\/\S+)/.exec(second)?.[1] ?? '';
    expect(readWords((await pages.get(path)).text)).toContain(said);
    const again = await signIn(world, pages, email);
    const volume = readWords((await again.get('/manage/settings')).text);
    expect(volume).toContain(
      'Since November 2, 2026, when our history begins, this would have sent 2 emails',
    );
    expect(volume).toContain('No limit (2 emails in that time)');
    expect(volume).toContain('At most 1 email (1 email in that time)');
    await again.post('/manage/settings', { ...fields, cap: '' });
    expect(await capOf()).toBeNull();
  });
});
