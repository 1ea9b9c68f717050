import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { trialStatuses } from '../../../src/core/trial.ts';
import { readTrialsAbout } from '../../../src/db/catalog/condition-pages.ts';
import { listFeedChanges } from '../../../src/db/catalog/feeds.ts';
import { listTrialVersions, loadTrialVersions } from '../../../src/db/catalog/trial-pages.ts';
import { loadRaws } from '../../../src/db/ingest/trials.ts';
import { packVersions } from '../../../src/db/maintenance/pack-versions.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { toEarlierForm } from '../../support/earlier-form.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const ids = ['NCT09900001', 'NCT09900002'];
const topics = ids.map((id) => `trial:ctgov:${id}`);

/** Everything that is read of stored trials: versions, answers, lists and feeds. */
async function readAll({ context: { db } }: World) {
  const trials = await db.selectFrom('trials').select('id').orderBy('id').execute();
  const versions = trials.map(async ({ id }) => {
    const numbers = (await listTrialVersions(db, id, 10)).map(({ version }) => version);
    return (await loadTrialVersions(db, id, numbers)).toSorted((a, b) => a.version - b.version);
  });
  const raws = await loadRaws(
    db,
    trials.map(({ id }) => id),
  );
  return {
    versions: await Promise.all(versions),
    raws: [...raws],
    list: await readTrialsAbout(db, topics, trialStatuses, { after: null, atMost: 10 }),
    feed: await listFeedChanges(db, topics, null, 10),
  };
}

const formsOf = async ({ context: { db } }: World) => {
  const { rows } = await sql<{ trial: number; version: number; packed: boolean; base: number | null }>`
    select trial_id as trial, version, packed is not null as packed, base from trial_versions order by 1, 2`.execute(
    db,
  );
  return rows;
};

describe('versions that an earlier release stored', () => {
  it('C15, R11: are read in either form, are packed little by little, and go on without false news', async () => {
    const parts = { updatedOn: day(2), enrollment: 20 };
    const world = await open(onDayTwo(ids.map((id) => study(id, parts))));
    await world.subscribe('ann@example.net', { trials: ids });
    const suspended = { status: 'SUSPENDED', updatedOn: day(3) };
    turnTo(world, 3, [study('NCT09900001', suspended), study('NCT09900002', parts)]);
    await world.round();
    const stored = await readAll(world);
    expect(stored.versions.map((own) => own.length)).toEqual([2, 1]);
    const written = await formsOf(world);
    expect(written.map(({ packed, base }) => [packed, base])).toEqual([
      [true, null],
      [true, 1],
      [true, null],
    ]);

    const { db } = world.context;
    await toEarlierForm(db);
    expect((await formsOf(world)).some(({ packed }) => packed)).toBe(false);
    expect(await readAll(world)).toEqual(stored);
    // A turn that is over at once leaves everything to the next.
    await packVersions(db, () => true);
    expect((await formsOf(world)).some(({ packed }) => packed)).toBe(false);

    // One changes before its turn: the earlier version stays in its form until then.
    turnTo(world, 4, [
      study('NCT09900001', suspended),
      study('NCT09900002', { ...suspended, updatedOn: day(4) }),
    ]);
    await world.poll();
    expect(await world.changes('NCT09900002')).toHaveLength((await world.changes('NCT09900001')).length);
    const mixed = await readAll(world);
    await packVersions(db, () => false);
    expect(await readAll(world)).toEqual(mixed);
    expect((await formsOf(world)).every(({ packed }) => packed)).toBe(true);
    expect(await db.selectFrom('trials').select('id').where('card', 'is', null).execute()).toEqual([]);
    await packVersions(db, () => false);

    turnTo(world, 5, [
      study('NCT09900001', { ...suspended, updatedOn: day(5) }),
      study('NCT09900002', { ...suspended, updatedOn: day(4) }),
    ]);
    const before = (await world.changes()).length;
    await world.poll();
    expect(await world.changes()).toHaveLength(before);
  });

  it('what cannot be read keeps its form, and holds nothing else up', async () => {
    const world = await open(onDayTwo(ids.map((id) => study(id))));
    await world.subscribe('ann@example.net', { trials: ids });
    const { db } = world.context;
    await toEarlierForm(db, (trial) => (trial.id === ids[0] ? { id: trial.id } : trial));
    await sql`update trials set raw = 'no answer' where registry_id = ${ids[0]}`.execute(db);
    await packVersions(db, () => false);
    const rows = await db.selectFrom('trials').select(['raw_version', 'card']).orderBy('id').execute();
    expect(rows.map((row) => [row.raw_version, row.card !== null])).toEqual([
      [null, false],
      [1, true],
    ]);
  });
});
