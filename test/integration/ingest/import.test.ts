import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { RegistryUnavailable } from '../../../src/errors.ts';
import { type ImportWish, importTrials } from '../../../src/jobs/ingest/import.ts';
import type { Registry } from '../../../src/registries/registry.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { readAndBeKilled } from '../../support/killed-reader.ts';
import { beforeEachPage, only } from '../../support/registry-faults.ts';
import { manyStudies, study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const open = useWorlds();
const many = manyStudies(12);
const doImport = (world: World, wish: ImportWish) => importTrials(world.context, world.registry, wish);

async function storedIds(world: World): Promise<string[]> {
  const rows = await world.context.db
    .selectFrom('trials')
    .select('registry_id')
    .orderBy('registry_id')
    .execute();
  return rows.map((row) => row.registry_id);
}

const lists = (world: World) => world.recorded.requests.filter(({ path }) => path === '/studies');

describe('import by number', () => {
  it('stores the trials asked for, obsolete numbers among them, and says nothing to anybody', async () => {
    const world = await open(
      onDayTwo([study('NCT09900001'), study('NCT09900002', { aliases: ['NCT09900003'] })]),
    );
    const read = await doImport(world, { kind: 'ids', ids: ['NCT09900001', 'NCT09900003'] });
    expect(read).toMatchObject({ outcome: 'completed', figures: { seen: 2, new: 2, changes: 0 } });
    expect(await storedIds(world)).toEqual(['NCT09900001', 'NCT09900002']);
    expect(await world.changes()).toEqual([]);
  });

  it('names every number that the registry does not know, and stores the others', async () => {
    const world = await open(onDayTwo([study('NCT09900001')]));
    const ids = ['NCT09999998', 'NCT09900001', 'NCT09999999'];
    await expect(doImport(world, { kind: 'ids', ids })).rejects.toThrow(
      'ClinicalTrials.gov does not know NCT09999998, NCT09999999. Check the number; the others are stored.',
    );
    expect(await storedIds(world)).toEqual(['NCT09900001']);
  });

  it('C9: a record that cannot be read is quarantined, not unknown', async () => {
    const thin = study('NCT09900001');
    delete thin.protocolSection.designModule;
    const world = await open(onDayTwo([thin]));
    const read = await doImport(world, { kind: 'ids', ids: ['NCT09900001'] });
    expect(read).toMatchObject({ outcome: 'completed', figures: { seen: 1, quarantined: 1, new: 0 } });
  });

  it('says when another process reads the registry, and when the registry is unavailable', async () => {
    const world = await open(onDayTwo([study('NCT09900001')]));
    const other = world.another();
    const asked = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    const slow = beforeEachPage(world.registry, async () => {
      asked.resolve();
      await over.promise;
    });
    const first = importTrials(other, slow, { kind: 'all' });
    await asked.promise;
    await expect(doImport(world, { kind: 'all' })).rejects.toThrow(
      'Another process is reading ClinicalTrials.gov. Try again when it has finished.',
    );
    over.resolve();
    expect((await first).outcome).toBe('completed');
    world.recorded.setFault({ kind: 'html' });
    await expect(doImport(world, { kind: 'all' })).rejects.toThrow(
      /ClinicalTrials.gov answered with .* web page/,
    );
  });
});

describe('import by condition', () => {
  it('stores the results of the registry’s own search, with the words escaped for its query language', async () => {
    const gout = study('NCT09900001', { conditions: ['Gout AND Arthritis'] });
    const world = await open(onDayTwo([gout, study('NCT09900002')]));
    const words = '"gout AND arthritis) OR AREA[OverallStatus]RECRUITING';
    await doImport(world, { kind: 'condition', words });
    expect(lists(world).map(({ parameters }) => parameters['query.cond'])).toEqual([
      'gout and arthritis or area OverallStatus RECRUITING',
    ]);
    expect(await storedIds(world)).toEqual([]);
    await doImport(world, { kind: 'condition', words: 'gout AND arthritis' });
    expect(await storedIds(world)).toEqual(['NCT09900001']);
  });
});

describe('import of everything', () => {
  it('stores the whole registry in pages, reports its progress, and the next poll continues from there', async () => {
    const world = await open(onDayTwo(many, { maxPageSize: 3 }));
    const progress: [number, number | null][] = [];
    await importTrials(world.context, world.registry, { kind: 'all' }, (...told) => progress.push(told));
    expect(progress).toEqual([
      [3, 12],
      [6, 12],
      [9, 12],
      [12, 12],
    ]);
    expect(await storedIds(world)).toHaveLength(12);
    expect((await world.runs())[0]).toMatchObject({ outcome: 'completed', seen: 12, new: 12 });
    turnTo(world, 3, many);
    world.recorded.requests.length = 0;
    expect((await world.poll()).outcome).toBe('completed');
    expect(lists(world)[0]?.parameters['filter.advanced']).toBe(
      'AREA[LastUpdatePostDate]RANGE[2026-10-30,MAX]',
    );
  });

  it('keeps no page that is stored: at most three are in memory, however many there are', async () => {
    const world = await open(onDayTwo(manyStudies(40), { maxPageSize: 2 }));
    const pages: WeakRef<object>[] = [];
    let most = 0;
    const watched: Registry = {
      ...world.registry,
      async *pages(query, from) {
        for await (const page of world.registry.pages(query, from)) {
          // A reference that was just made is kept until its task ends.
          await setImmediate();
          collectGarbage();
          most = Math.max(most, pages.filter((one) => one.deref() !== undefined).length);
          pages.push(new WeakRef(page));
          yield page;
        }
      },
    };
    await importTrials(world.context, watched, { kind: 'all' });
    expect(pages).toHaveLength(20);
    expect(most).toBeLessThanOrEqual(3);
  });

  it('killed with kill -9, continues where it stopped', async () => {
    const world = await open(onDayTwo(many, { maxPageSize: 3 }));
    const { databaseUrl, recorded, context } = world;
    const now = context.now();
    await readAndBeKilled({ databaseUrl, registryUrl: recorded.url, now, act: 'import', pages: 3 });
    const before = (await storedIds(world)).length;
    expect(before).toBeGreaterThanOrEqual(6);
    expect(before).toBeLessThan(12);
    await sql`update leases set expires_at = clock_timestamp()`.execute(context.db);
    recorded.requests.length = 0;
    const read = await doImport(world, { kind: 'all' });
    expect(read).toMatchObject({ outcome: 'completed', figures: { seen: 12, new: 12 } });
    expect(lists(world)).toHaveLength((12 - before) / 3);
    expect(await storedIds(world)).toHaveLength(12);
    expect(await world.runs()).toHaveLength(1);
  });

  it('interrupted by the registry, continues where it stopped; with newer data it starts again', async () => {
    for (const moves of [false, true]) {
      const world = await open(onDayTwo(many, { maxPageSize: 3 }));
      const failing = beforeEachPage(world.registry, (page) => {
        if (page === 2) throw new RegistryUnavailable('ClinicalTrials.gov could not be reached.');
      });
      const cut = await importTrials(world.another(only(failing)), failing, { kind: 'all' });
      expect(cut).toMatchObject({ outcome: 'partial', reason: 'ClinicalTrials.gov could not be reached.' });
      if (moves) turnTo(world, 3, many);
      world.recorded.requests.length = 0;
      expect((await doImport(world, { kind: 'all' })).outcome).toBe('completed');
      expect(lists(world)).toHaveLength(moves ? 4 : 2);
      expect(await storedIds(world)).toHaveLength(12);
    }
  });

  it('C10: fewer trials than the registry counts make it partial, and it says so', async () => {
    const world = await open(onDayTwo(many, { maxPageSize: 3 }));
    world.recorded.setFault({ kind: 'drop-page', page: 1 });
    expect(await doImport(world, { kind: 'all' })).toMatchObject({
      outcome: 'partial',
      reason: 'ClinicalTrials.gov: it counted 12 trials and listed 9; it is read again next time',
    });
    world.recorded.setFault(null);
    expect((await doImport(world, { kind: 'all' })).outcome).toBe('completed');
    expect(await storedIds(world)).toHaveLength(12);
  });

  it('C13, L3: imported after people follow, it tells nobody of old trials', async () => {
    const world = await open(onDayTwo(many));
    await world.subscribe('ann@example.net', { conditions: ['asthma'], frequency: 'daily' });
    const meshes = [{ id: 'D001249', term: 'Asthma' }];
    const more = Array.from({ length: 9 }, (_, at) =>
      study(`NCT0990000${at + 1}`, { conditions: ['Asthma'], meshes, firstPostedOn: '2020-05-05' }),
    );
    turnTo(world, 3, [...many, ...more]);
    const read = await doImport(world, { kind: 'all' });
    expect(read.figures).toMatchObject({ seen: 21, changes: 0 });
    await world.round();
    expect(await world.mails()).toEqual([]);
    expect(day(3)).toBe(
      (await world.context.db.selectFrom('registries').selectAll().execute())[0]?.watermark_on,
    );
  });
});
