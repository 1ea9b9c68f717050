import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { listUnread } from '../../../src/db/ingest/reconcile.ts';
import { importTrials } from '../../../src/jobs/ingest/import.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { unwrapText } from '../../support/html-text.ts';
import { hasRecords, recordsFolder } from '../../support/recorded-trials.ts';
import { manyStudies, study } from '../../support/study.ts';
import { useWorlds, type World, type WorldOptions } from '../../support/world.ts';

const open = useWorlds();
const id = 'NCT09900001';
/** Updated long before the polls look: only a sweep reads it again. */
const longAgo = { updatedOn: '2026-09-01' };
const many = (count: number) => manyStudies(count, longAgo);

/** A world that holds these studies, silently. */
async function openWith(studies: unknown[], options: WorldOptions = {}): Promise<World> {
  const world = await open(onDayTwo(studies, options));
  await importTrials(world.context, world.registry, { kind: 'all' });
  return world;
}

const sweeps = async (world: World) => (await world.runs()).filter((run) => run.kind === 'sweep');

/** The ids asked for in each list of ids, and every other path, since the last call. */
function requestsOf(world: World): string[] {
  const asked = world.recorded.requests.map(({ path, parameters }) => {
    const ids = parameters['filter.ids']?.split(',').length;
    return ids === undefined ? path : `${path} of ${ids} ids`;
  });
  world.recorded.requests.length = 0;
  return asked;
}

describe('silent changes', () => {
  it('C14: a status that became UNKNOWN without an update date is found at the first refresh of a month', async () => {
    const parts = {
      ...longAgo,
      status: 'NOT_YET_RECRUITING',
      verifiedOn: '2024-10',
      completion: '2026-06-01',
    };
    const world = await openWith([study(id, parts)]);
    await world.subscribe('ann@example.net', { trials: [id] });
    turnTo(world, 3, [study(id, parts)]);
    await world.round();
    world.refresh('2026-12-01T09:00:04', [study(id, { ...parts, status: 'UNKNOWN' })]);
    world.setNow('2026-12-01T12:00:00Z');
    const round = await world.round();
    expect(round.result.registries.ctgov).toMatchObject({ outcome: 'completed', changes: 1, held: 0 });
    const [mail] = await world.mails('ann@example.net');
    expect(unwrapText(mail?.text ?? '')).toContain(
      'Status now unknown. Before: not yet recruiting. The sponsor has not confirmed this record since',
    );
    expect((await world.versions(id)).at(-1)).toMatchObject({ lastUpdatePostedOn: '2026-09-01' });
  });

  it.skipIf(!hasRecords)(
    'C14: NCT05294952 as it was recorded in February and in March (needs the recorded data beside the project)',
    async () => {
      const folder = join(recordsFolder, '../versions/NCT05294952');
      const read = (name: string) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
      const february = { timestamp: '2026-02-03T09:00:04', studies: [read('2026-02-03')] };
      const world = await open({ days: [february], now: '2026-02-03T12:00:00Z' });
      await world.subscribe('ann@example.net', { trials: ['NCT05294952'] });
      world.refresh('2026-02-04T09:00:04', february.studies);
      world.setNow('2026-02-04T12:00:00Z');
      await world.round();
      world.refresh('2026-03-02T09:00:04', [read('2026-03-03')]);
      world.setNow('2026-03-02T12:00:00Z');
      await world.round();
      expect(await world.changes()).toMatchObject([
        { facet: 'status', change: { before: 'NOT_YET_RECRUITING', after: 'UNKNOWN' }, state: 'released' },
      ]);
      expect(await world.mails('ann@example.net')).toHaveLength(1);
    },
  );

  it('C14: an open month is swept once; within the week nothing is read again, after it everything is', async () => {
    const world = await openWith(many(3));
    const swept: number[] = [];
    for (const n of [3, 4, 5, 6, 9, 10, 11]) {
      turnTo(world, n, many(3));
      const before = (await sweeps(world)).length;
      expect((await world.poll()).outcome).toBe('completed');
      if ((await sweeps(world)).length > before) swept.push(n);
    }
    expect(swept).toEqual([3, 10]);
  });

  it('C14, R8: a sweep that finds everything as it was writes no version and no change', async () => {
    const world = await openWith(many(3));
    const stored = async () => (await world.dump()).filter((line) => /^(trial_|changes|edits)/.test(line));
    const before = await stored();
    turnTo(world, 3, many(3));
    await world.poll();
    expect(await stored()).toEqual(before);
    expect(await sweeps(world)).toMatchObject([{ seen: 3, changed: 0, outcome: 'completed' }]);
  });

  it('C14, M1: a sweep matches what it finds unchanged with what is followed by then', async () => {
    const world = await openWith(many(2));
    const topics = () =>
      world.context.db.selectFrom('trials').select(['id', 'topics']).orderBy('id').execute();
    const matched = await topics();
    await sql`update trials set topics = topics[1:1]`.execute(world.context.db);
    expect(await topics()).not.toEqual(matched);
    turnTo(world, 3, many(2));
    await world.poll();
    expect(await topics()).toEqual(matched);
    expect(await world.changes()).toEqual([]);
  });
});

describe('the cost of a sweep', () => {
  it('C14: a hundred ids a request, nothing more', async () => {
    const world = await openWith(many(250));
    turnTo(world, 3, many(250));
    requestsOf(world);
    await world.poll();
    expect(requestsOf(world)).toEqual([
      '/version',
      '/studies',
      '/version',
      '/studies of 100 ids',
      '/studies of 100 ids',
      '/studies of 50 ids',
    ]);
  });

  it('C14: followed trials first, then the longest unread, as many as are asked for', async () => {
    const world = await openWith(many(4));
    turnTo(world, 3, [...many(4), study(id, { ...longAgo, conditions: ['Zebra stripes'] })]);
    await importTrials(world.context, world.registry, { kind: 'ids', ids: ['NCT08000001'] });
    await world.subscribe('ann@example.net', { trials: [id] });
    const how = { cutoff: '2026-11-04T00:00:00.000Z', dataTimestamp: `${day(3)}T09:00:04` };
    const list = async (limit: number) =>
      (await listUnread(world.context.db, 'ctgov', { ...how, limit })).map((one) => one.id);
    expect(await list(10)).toEqual([id, 'NCT08000002', 'NCT08000003', 'NCT08000004', 'NCT08000001']);
    expect(await list(2)).toEqual([id, 'NCT08000002']);
  });

  it('an interrupted sweep says so, tells what it read, and the next refresh continues', async () => {
    const world = await openWith(many(150));
    await world.subscribe('ann@example.net', { trials: ['NCT08000001'] });
    const changed = [study('NCT08000001', { ...longAgo, status: 'SUSPENDED' }), ...many(150).slice(1)];
    turnTo(world, 3, changed);
    // The first list is the poll's, the second the sweep's first hundred; then the registry is unavailable.
    let lists = 0;
    const { pages } = world.registry;
    world.registry.pages = (query, from) => {
      if (query.kind !== 'ids') return pages(query, from);
      return (async function* () {
        for await (const page of pages(query, from)) {
          lists += 1;
          if (lists > 1) world.recorded.setFault({ kind: 'status', status: 404, on: 'list' });
          yield page;
        }
      })();
    };
    world.recorded.setFault(null);
    lists = 1;
    const cut = await world.round();
    expect(cut.result.registries.ctgov?.outcome).toBe('partial');
    expect(cut.ok).toBe(false);
    expect(await world.mails('ann@example.net')).toHaveLength(1);
    world.recorded.setFault(null);
    lists = -10;
    turnTo(world, 4, changed);
    await world.poll();
    const [first, second] = await sweeps(world);
    expect(first).toMatchObject({ outcome: 'partial', seen: 100, changed: 1 });
    expect(second).toMatchObject({ outcome: 'completed', seen: 50, changed: 0 });
  });
});
