import { describe, expect, it } from 'vitest';
import { addMs } from '../../../src/core/instants.ts';
import { releaseLease, takeLease } from '../../../src/db/leases.ts';
import { importTrials } from '../../../src/jobs/ingest/import.ts';
import { doDueRequests } from '../../../src/jobs/requests.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { manyStudies, type StudyParts, study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const meshes = [{ id: 'D001249', term: 'Asthma' }];
const asthma = (id: string, parts: StudyParts = {}) =>
  study(id, { conditions: ['Asthma'], meshes, ...parts });
const old = asthma('NCT09900001');

async function openFollowed(studies: unknown[] = [old]): Promise<World> {
  const world = await open(onDayTwo(studies));
  await world.subscribe('ann@example.net', { conditions: ['asthma'], frequency: 'daily' });
  return world;
}

const registrations = async (world: World, trial?: string) =>
  (await world.changes(trial))
    .filter(({ facet }) => facet === 'registration')
    .map(({ trial: id, kind }) => [id, kind]);

describe('C13: new trials', () => {
  it('C13, L3: a baseline mails nobody, however large', async () => {
    const world = await openFollowed([old, ...manyStudies(60, { conditions: ['Asthma'], meshes })]);
    expect(await world.changes()).toEqual([]);
    world.setNow('2026-11-09T12:00:00Z');
    expect((await world.round()).result.digests.planned).toBe(0);
    expect(await world.mails()).toEqual([]);
    const [run] = await world.runs();
    expect(run).toMatchObject({ kind: 'follow', outcome: 'completed', seen: 61, new: 61, changes: 0 });
  });

  it('C13: an unknown trial first posted on or after the day of the last data is registered', async () => {
    const world = await openFollowed();
    const posted = { updatedOn: day(3), firstPostedOn: day(2) };
    turnTo(world, 3, [
      old,
      asthma('NCT09900002', posted),
      study('NCT09900003', { ...posted, conditions: ['Gout'] }),
    ]);
    const round = await world.round();
    expect(round.result.registries.ctgov).toMatchObject({ new: 2, adopted: 0, changes: 2 });
    expect(await registrations(world)).toEqual([
      ['NCT09900002', 'registered'],
      ['NCT09900003', 'registered'],
    ]);
    const [mail] = await world.mails('ann@example.net');
    expect(mail?.text).toContain('NCT09900002');
    expect(mail?.text).not.toContain('NCT09900003');
  });

  it('C13: an old trial found late is told to followers who already watch its subject, else adopted silently', async () => {
    const world = await openFollowed();
    const late = { updatedOn: day(3), firstPostedOn: '2026-11-01' };
    turnTo(world, 3, [
      old,
      asthma('NCT09900002', late),
      study('NCT09900003', { ...late, conditions: ['Gout'] }),
    ]);
    const round = await world.round();
    expect(round.result.registries.ctgov).toMatchObject({ new: 0, adopted: 2, changes: 1 });
    expect(await registrations(world)).toEqual([['NCT09900002', 'entered']]);
    expect((await world.mails('ann@example.net'))[0]?.text).toContain('NCT09900002');
    expect(await world.versions('NCT09900003')).toHaveLength(1);
  });

  it('C13: is told once, not again by the next polls', async () => {
    const world = await openFollowed();
    const late = asthma('NCT09900002', { updatedOn: day(3), firstPostedOn: '2026-11-01' });
    for (const n of [3, 4, 5]) {
      turnTo(world, n, [old, late]);
      await world.round();
    }
    expect(await registrations(world)).toEqual([['NCT09900002', 'entered']]);
    expect(await world.mails()).toHaveLength(1);
  });

  it('C13: an import between two polls loses neither a change nor a registration', async () => {
    const world = await openFollowed();
    const today = [
      asthma('NCT09900001', { status: 'SUSPENDED', updatedOn: day(3) }),
      asthma('NCT09900002', { updatedOn: day(3), firstPostedOn: day(3) }),
      asthma('NCT09900003', { updatedOn: '2026-10-01', firstPostedOn: '2026-09-01' }),
    ];
    turnTo(world, 3, today);
    await importTrials(world.context, world.registry, { kind: 'all' });
    expect((await world.poll()).figures).toMatchObject({ seen: 2, changes: 0, new: 0 });
    expect((await world.changes()).map(({ trial, kind }) => [trial, kind])).toEqual([
      ['NCT09900001', 'status'],
      ['NCT09900002', 'registered'],
    ]);
    await world.round();
    const [mail] = await world.mails('ann@example.net');
    expect(mail?.text).toContain('NCT09900001');
    expect(mail?.text).toContain('NCT09900002');
    expect(mail?.text).not.toContain('NCT09900003');
  });

  it('C13: what another follows between two polls loses neither a change nor a registration for the first', async () => {
    const world = await openFollowed();
    turnTo(world, 3, [
      asthma('NCT09900001', { status: 'SUSPENDED', updatedOn: day(3) }),
      asthma('NCT09900002', { updatedOn: day(3), firstPostedOn: day(3) }),
    ]);
    await world.subscribe('ben@example.net', { conditions: ['asthma'], frequency: 'daily' });
    await world.round();
    turnTo(world, 4, []);
    await world.round();
    expect((await world.changes()).map(({ trial, kind }) => [trial, kind])).toEqual([
      ['NCT09900001', 'status'],
      ['NCT09900002', 'registered'],
    ]);
    expect(await world.mails('ann@example.net')).toHaveLength(1);
    expect(await world.mails('ben@example.net')).toEqual([]);
  });
});

describe('from when something is watched', () => {
  it('C13: follows import their baseline first: watched from then on, at the horizon of that moment', async () => {
    const world = await openFollowed();
    turnTo(world, 3, [asthma('NCT09900001', { status: 'SUSPENDED', updatedOn: day(3) })]);
    await world.poll();
    world.setNow('2026-11-03T15:00:00Z');
    await world.subscribe('ben@example.net', { trials: ['NCT09900001'] });
    const rows = await world.context.db.selectFrom('subscriptions').selectAll().orderBy('id').execute();
    expect(rows.map(({ position }) => position)).toEqual([0, 1]);
    expect(rows.map(({ watching_since: since }) => since)).toEqual([
      '2026-11-02T12:00:00.000Z',
      '2026-11-03T15:00:00.000Z',
    ]);
    world.setNow('2026-11-04T12:00:00Z');
    await world.round();
    expect(await world.mails('ann@example.net')).toHaveLength(1);
    expect(await world.mails('ben@example.net')).toEqual([]);
  });

  it('with an unavailable registry it is not watching yet and tells nothing; the next round starts it', async () => {
    const world = await open(onDayTwo([old]));
    world.recorded.setFault({ kind: 'status', status: 503 });
    const [added] = await world.subscribe('ann@example.net', { trials: ['NCT09900001'] });
    expect(added).toMatchObject({ state: 'active', watching: false });
    expect(added?.understoodAs).toContain('to be read when the registry answers again');
    expect((await world.round()).ok).toBe(false);
    world.recorded.setFault(null);
    turnTo(world, 3, [asthma('NCT09900001', { status: 'SUSPENDED', updatedOn: day(3) })]);
    expect((await world.round()).result.registries.ctgov).toMatchObject({
      outcome: 'completed',
      new: 1,
      changes: 0,
    });
    const [row] = await world.context.db.selectFrom('subscriptions').selectAll().execute();
    expect(row?.watching_since).toBe('2026-11-03T12:00:00.000Z');
    turnTo(world, 4, [asthma('NCT09900001', { status: 'RECRUITING', updatedOn: day(4) })]);
    await world.round();
    expect((await world.mails('ann@example.net')).length).toBe(1);
  });

  it.each([
    ['the next poll starts it though no data moved', (world: World) => world.poll()],
    [
      'a minute later the workers start it, without waiting for a poll',
      (world: World) => {
        world.setNow(addMs(world.context.now(), 60_000));
        return doDueRequests(world.context);
      },
    ],
  ])('a registry that another process reads: not yet watching, and %s', async (_what, start) => {
    const world = await open(onDayTwo([old]));
    await world.poll();
    const lease = await takeLease(world.context.db, 'read:ctgov', 'another process', 60_000);
    const [added] = await world.subscribe('ann@example.net', { trials: ['NCT09900001'] });
    expect(added).toMatchObject({ state: 'active', watching: false });
    if (lease) await releaseLease(world.context.db, lease);
    await start(world);
    expect((await world.runs()).at(-1)).toMatchObject({ kind: 'follow', seen: 1, new: 1, changes: 0 });
    const [row] = await world.context.db.selectFrom('subscriptions').select('position').execute();
    expect(row?.position).toBe(0);
  });

  it('C10: a baseline cut short is read again, and is not watched before it is whole', async () => {
    const world = await open(
      onDayTwo(manyStudies(9, { conditions: ['Asthma'], meshes }), { maxPageSize: 3 }),
    );
    for (const fault of [{ kind: 'drop-page', page: 1 } as const, { kind: 'loop' } as const]) {
      world.recorded.setFault(fault);
      const [added] = await world.subscribe('ann@example.net', { conditions: ['asthma'] });
      expect(added).toMatchObject({ watching: false });
      expect((await world.runs()).at(-1)).toMatchObject({ kind: 'follow', outcome: 'partial' });
    }
    world.recorded.setFault(null);
    const [added] = await world.subscribe('ann@example.net', { conditions: ['asthma'] });
    expect(added).toMatchObject({ watching: true, isNew: false });
    expect(await world.changes()).toEqual([]);
  });

  it('L11: zero results for a condition of which trials are stored is no baseline', async () => {
    const world = await openFollowed();
    world.recorded.setFault({ kind: 'empty' });
    const [added] = await world.subscribe('ben@example.net', { conditions: ['asthma'] });
    expect(added).toMatchObject({ watching: false });
    expect((await world.runs()).at(-1)?.reason).toBe(
      'ClinicalTrials.gov: it lists no trial for "Asthma", although some are stored; it is asked again next time',
    );
    world.recorded.setFault(null);
    await world.round();
    const rows = await world.context.db.selectFrom('subscriptions').select('position').execute();
    expect(rows.every(({ position }) => position !== null)).toBe(true);
  });

  it('one baseline that cannot be read keeps no other from being read', async () => {
    const world = await open(onDayTwo([old, study('NCT09900002')]));
    world.recorded.setFault({ kind: 'status', status: 503 });
    await world.subscribe('ann@example.net', { conditions: ['asthma'] });
    await world.subscribe('ben@example.net', { trials: ['NCT09900002'] });
    await world.subscribe('cyd@example.net', { conditions: ['"made-up study"'] });
    // The adapter tries five times: only the first list fails.
    world.recorded.setFault({ kind: 'status', status: 500, on: 'list', times: 5 });
    await world.poll();
    const rows = await world.context.db.selectFrom('subscriptions').selectAll().orderBy('id').execute();
    expect(rows.filter(({ position }) => position === null)).toHaveLength(1);
    expect(rows.map(({ state }) => state)).toEqual(['active', 'active', 'active']);
  });
});
