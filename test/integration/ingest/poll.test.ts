import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { RegistryUnavailable } from '../../../src/errors.ts';
import { pollRegistry } from '../../../src/jobs/ingest/poll.ts';
import { readAndBeKilled } from '../../support/killed-reader.ts';
import { beforeEachPage, only } from '../../support/registry-faults.ts';
import { countStatements } from '../../support/statements.ts';
import { manyStudies, study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const dayOne = '2026-11-02T09:00:04';
const dayTwo = '2026-11-03T09:00:04';
const dayThree = '2026-11-04T09:00:04';
const before = manyStudies(10);
const after = manyStudies(10, { enrollment: 300, updatedOn: '2026-11-03' });

/** Ten trials are stored; the registry then changes the enrollment of all, three a page. */
async function openChanged(): Promise<World> {
  const world = await open({ days: [{ timestamp: dayOne, studies: before }], maxPageSize: 3 });
  for (const one of before) {
    const { nctId } = one.protocolSection.identificationModule;
    await world.subscribe('ann@example.net', { trials: [nctId], facets: ['enrollment'] });
  }
  world.refresh(dayTwo, after);
  world.setNow('2026-11-03T12:00:00Z');
  return world;
}

/** Every trial changed once: two versions, one released change each, positions without holes. */
async function expectAllOnce(world: World): Promise<void> {
  const changes = await world.changes();
  expect(changes.map((change) => change.trial).sort()).toEqual(
    before.map((one) => one.protocolSection.identificationModule.nctId),
  );
  expect(changes.every((change) => change.state === 'released' && change.version === 2)).toBe(true);
  const positions = changes.map((change) => change.position ?? 0).sort((a, b) => a - b);
  expect(positions).toEqual(changes.map((_, at) => at + 1));
  const { rows } = await sql`select 1 from trial_versions`.execute(world.context.db);
  expect(rows).toHaveLength(20);
}

async function watermark(world: World): Promise<[string | null, string | null]> {
  const row = await world.context.db.selectFrom('registries').selectAll().executeTakeFirst();
  return [row?.watermark_on ?? null, row?.data_timestamp ?? null];
}

/** A holder that died or sleeps is not waited for. */
async function expireLeases(world: World): Promise<void> {
  await sql`update leases set expires_at = clock_timestamp() - interval '1 second'`.execute(world.context.db);
}

describe('the requests of a poll', () => {
  it('asks for the version and nothing more while the data has not moved', async () => {
    const world = await open({ days: [{ timestamp: dayOne, studies: before }] });
    expect((await world.poll()).outcome).toBe('completed');
    world.recorded.requests.length = 0;
    expect(await world.poll()).toMatchObject({ outcome: 'unchanged', figures: { seen: 0 } });
    expect(world.recorded.requests.map(({ path }) => path)).toEqual(['/version']);
  });

  it('with nothing stored, begins at the data of today and reads nothing that nobody follows', async () => {
    const world = await open({ days: [{ timestamp: dayOne, studies: before }] });
    await world.poll();
    expect(world.recorded.requests.map(({ path }) => path)).toEqual(['/version']);
    expect(await watermark(world)).toEqual(['2026-11-02', dayOne]);
  });

  it('reads updates from three days before the watermark on, page after page, with the same parameters', async () => {
    const world = await openChanged();
    world.recorded.requests.length = 0;
    expect(await world.poll()).toMatchObject({
      outcome: 'completed',
      figures: { seen: 10, changed: 10, changes: 10 },
    });
    const lists = world.recorded.requests.filter(({ path }) => path === '/studies');
    expect(lists).toHaveLength(4);
    for (const { parameters, userAgent } of lists) {
      expect(parameters['filter.advanced']).toBe('AREA[LastUpdatePostDate]RANGE[2026-10-30,MAX]');
      expect(parameters.fields).toContain('protocolSection.statusModule.overallStatus');
      expect(userAgent).toContain('mailto:');
    }
    expect(await watermark(world)).toEqual(['2026-11-03', dayTwo]);
    await expectAllOnce(world);
  });

  it('starts again when the data moves in the middle, and ends at the newest', async () => {
    const world = await openChanged();
    const newest = manyStudies(10, { enrollment: 400, updatedOn: '2026-11-04' });
    world.refresh(dayThree, newest);
    world.recorded.setDay(1);
    world.recorded.setFault({ kind: 'move', afterPages: 2, day: 2 });
    expect(await world.poll()).toMatchObject({ outcome: 'completed', reason: null });
    expect(await watermark(world)).toEqual(['2026-11-04', dayThree]);
    for (const one of newest) {
      const versions = await world.versions(one.protocolSection.identificationModule.nctId);
      expect(versions.at(-1)?.enrollment?.count).toBe(400);
    }
  });

  it('C10: data that moves each time it is read makes the run partial, and the watermark stays', async () => {
    const world = await openChanged();
    let minute = 10;
    const registry = beforeEachPage(world.registry, () => {
      minute += 1;
      world.refresh(`2026-11-03T09:${minute}:00`, after);
    });
    const polled = await pollRegistry(world.another(only(registry)), registry);
    expect(polled).toMatchObject({
      outcome: 'partial',
      reason: 'ClinicalTrials.gov: its data changed during each read',
    });
    expect(await watermark(world)).toEqual(['2026-11-02', dayOne]);
    expect((await world.poll()).outcome).toBe('completed');
    await expectAllOnce(world);
  });
});

describe('a read that is cut short', () => {
  for (const page of [0, 1, 2, 3]) {
    it(`at page ${page}: what is stored is told, the watermark stays, the next poll completes, no change is lost or doubled`, async () => {
      const world = await openChanged();
      const registry = beforeEachPage(world.registry, (at) => {
        if (at === page) throw new RegistryUnavailable('ClinicalTrials.gov could not be reached.');
      });
      const cut = await pollRegistry(world.another(only(registry)), registry);
      expect(cut).toMatchObject({
        outcome: page === 0 ? 'failed' : 'partial',
        reason: 'ClinicalTrials.gov could not be reached.',
        figures: { seen: 3 * page, changes: 3 * page },
      });
      expect((await world.changes()).map(({ state }) => state)).toEqual(Array(3 * page).fill('released'));
      expect(await watermark(world)).toEqual(['2026-11-02', dayOne]);
      expect(await world.poll()).toMatchObject({ outcome: 'completed', figures: { changes: 10 - 3 * page } });
      expect(await watermark(world)).toEqual(['2026-11-03', dayTwo]);
      await expectAllOnce(world);
    });
  }

  it('killed with kill -9 in the middle: the next poll releases the stored changes, none is lost or doubled', async () => {
    const world = await openChanged();
    const { databaseUrl, recorded, context } = world;
    const now = context.now();
    await readAndBeKilled({ databaseUrl, registryUrl: recorded.url, now, act: 'poll', pages: 2 });
    expect((await world.changes()).map(({ state }) => state)).toEqual(Array(6).fill('pending'));
    expect(await watermark(world)).toEqual(['2026-11-02', dayOne]);
    expect(await pollRegistry(context, world.registry)).toBeNull();
    await expireLeases(world);
    expect((await world.poll()).outcome).toBe('completed');
    await expectAllOnce(world);
    const cutOff = (await world.runs()).find((run) => run.reason !== null);
    expect(cutOff).toMatchObject({ kind: 'poll', outcome: 'partial', seen: 6 });
    expect(cutOff?.reason).toMatch(/was ended while it read/);
  });

  it('a fault of the program in the middle is thrown, and the run says it', async () => {
    const world = await openChanged();
    const registry = beforeEachPage(world.registry, (at) => {
      if (at === 1) throw new Error('a bug');
    });
    await expect(pollRegistry(world.another(only(registry)), registry)).rejects.toThrow('a bug');
    expect((await world.runs()).at(-1)).toMatchObject({ outcome: 'partial', reason: 'a bug', seen: 3 });
    await world.poll();
    await expectAllOnce(world);
  });
});

describe('polls beside one another', () => {
  it('R8: overlapping polls of the same data write no version', async () => {
    const world = await openChanged();
    await world.poll();
    const dump = async () =>
      (await world.dump()).filter((line) => /^(trial_|changes|edits|topic_)/.test(line));
    const stored = await dump();
    world.refresh(dayThree, after);
    world.setNow('2026-11-04T12:00:00Z');
    expect(await world.poll()).toMatchObject({
      outcome: 'completed',
      figures: { seen: 10, changed: 0, changes: 0 },
    });
    expect(await dump()).toEqual(stored);
  });

  it('R5: two pollers at once have one effect', async () => {
    const world = await openChanged();
    const others = [world.another(), world.another(), world.another()];
    const polled = await Promise.all(others.map((other) => pollRegistry(other, world.registry)));
    expect(polled.filter((one) => one?.outcome === 'completed')).toHaveLength(1);
    await expectAllOnce(world);
  });

  it('R5: a paused holder that wakes up late cannot write', async () => {
    const world = await openChanged();
    const asleep = Promise.withResolvers<void>();
    const awake = Promise.withResolvers<void>();
    const sleeper = beforeEachPage(world.registry, async (page) => {
      if (page !== 1) return;
      asleep.resolve();
      await awake.promise;
    });
    const late = pollRegistry(world.another(only(sleeper)), sleeper);
    await asleep.promise;
    await expireLeases(world);
    world.refresh(dayThree, manyStudies(10, { enrollment: 400, updatedOn: '2026-11-04' }));
    expect((await world.poll()).outcome).toBe('completed');
    const stored = await world.dump();
    awake.resolve();
    await expect(late).rejects.toThrow('Another process is reading ClinicalTrials.gov.');
    expect(await world.dump()).toEqual(stored);
    expect(await watermark(world)).toEqual(['2026-11-04', dayThree]);
  });
});

it('stores a page in as many statements whatever the number of its records, good, new and bad', async () => {
  const statementsFor = async (count: number) => {
    const world = await open({ days: [{ timestamp: dayOne, studies: [study('NCT07000001')] }] });
    await world.subscribe('ann@example.net', { trials: ['NCT07000001'] });
    const studies = (parts: Parameters<typeof manyStudies>[1]) => [
      ...manyStudies(count, parts),
      ...Array.from({ length: count }, (_, at) => {
        const thin = study(`NCT060000${String(at).padStart(2, '0')}`, { updatedOn: '2026-11-03' });
        delete thin.protocolSection.designModule;
        return thin;
      }),
    ];
    world.refresh(dayTwo, studies({ updatedOn: '2026-11-03' }));
    const counted = countStatements(world.context);
    expect(await world.poll(counted.context)).toMatchObject({ figures: { quarantined: count } });
    const fresh = counted.count();
    world.refresh(dayThree, studies({ updatedOn: '2026-11-04', enrollment: 300 }));
    expect(await world.poll(counted.context)).toMatchObject({ figures: { changes: count } });
    return [fresh, counted.count() - fresh];
  };
  const few = await statementsFor(3);
  expect(await statementsFor(40)).toEqual(few);
  // The first poll matches what is stored again, on lists too.
  expect(Math.max(...few)).toBeLessThanOrEqual(67);
});
