import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { importTrials } from '../../../src/jobs/ingest/import.ts';
import { pollRegistry } from '../../../src/jobs/ingest/poll.ts';
import type { Registry } from '../../../src/registries/registry.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { only } from '../../support/registry-faults.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const id = 'NCT09900001';

async function openWith(studies: unknown[], trials: string[] = [id]): Promise<World> {
  const world = await open(onDayTwo(studies));
  if (trials.length > 0) await world.subscribe('ann@example.net', { trials });
  return world;
}

const saidOf = async (world: World, trial = id) =>
  (await world.changes(trial)).map(({ kind, change }) => [kind, change.before, change.after]);

describe('C15: when the code reads records in another way', () => {
  /** The same registry, read by a later version of the code. */
  const nextReading = (registry: Registry, change: Partial<Registry>): Registry => {
    const next: Registry = { ...registry, projection: registry.projection + 1, ...change };
    return {
      ...next,
      async *pages(query, from) {
        for await (const page of registry.pages(query, from)) {
          yield { ...page, records: page.records.map((one) => next.readRecord(one.raw, next.fields)) };
        }
      },
    };
  };
  const pollBy = (world: World, registry: Registry) => pollRegistry(world.another(only(registry)), registry);

  it('the new reading alone tells nothing, and a real change meanwhile is told', async () => {
    const world = await openWith([study(id), study('NCT09900002')], [id, 'NCT09900002']);
    const shouting = nextReading(world.registry, {
      readRecord(raw, fields) {
        const record = world.registry.readRecord(raw, fields);
        if (!record.ok) return record;
        return {
          ...record,
          trial: { ...record.trial, title: record.trial.title.toUpperCase(), enrollment: null },
        };
      },
    });
    turnTo(world, 3, [study(id), study('NCT09900002', { status: 'SUSPENDED', updatedOn: day(3) })]);
    expect((await pollBy(world, shouting))?.figures).toMatchObject({ seen: 2, changed: 1, changes: 1 });
    expect(await saidOf(world)).toEqual([]);
    expect(await saidOf(world, 'NCT09900002')).toEqual([['status', 'RECRUITING', 'SUSPENDED']]);
    const [reread, ...more] = await world.versions(id);
    expect(more).toEqual([]);
    expect(reread?.title).toBe(`MADE-UP STUDY ${id}`);
    turnTo(world, 4, [study(id), study('NCT09900002', { status: 'SUSPENDED', updatedOn: day(3) })]);
    expect((await pollBy(world, shouting))?.figures).toMatchObject({ changed: 0, changes: 0 });
  });

  it('L12: values that a withheld record hid are compared with those known before', async () => {
    const world = await openWith([study(id)]);
    const identificationModule = { nctId: id };
    const statusModule = { overallStatus: 'WITHHELD', lastUpdatePostDateStruct: { date: day(3) } };
    turnTo(world, 3, [{ protocolSection: { identificationModule, statusModule } }]);
    await world.poll();
    turnTo(world, 4, [study(id, { enrollment: 300, updatedOn: day(4) })]);
    await pollBy(world, nextReading(world.registry, {}));
    const said = await saidOf(world);
    expect(said.map(([kind]) => kind)).toEqual(['status', 'status', 'enrollment']);
    expect(said[2]).toEqual([
      'enrollment',
      { count: 120, type: 'ESTIMATED' },
      { count: 300, type: 'ESTIMATED' },
    ]);
  });

  it('a field newly asked for starts as baseline, and is told from then on', async () => {
    const world = await openWith([study(id)], []);
    const { registry } = world;
    const piece = 'protocolSection.designModule.enrollmentInfo';
    const blind = nextReading(registry, {
      projection: registry.projection - 1,
      fields: registry.fields.filter((field) => field !== piece),
    });
    const context = world.another(only(blind));
    await importTrials(context, blind, { kind: 'ids', ids: [id] });
    expect((await world.versions(id))[0]?.unread).toContain('enrollment');
    turnTo(world, 3, [study(id, { enrollment: 700, updatedOn: day(3) })]);
    expect((await world.poll()).figures).toMatchObject({ seen: 1, changes: 0 });
    expect((await world.versions(id)).at(-1)).toMatchObject({ enrollment: { count: 700 } });
    turnTo(world, 4, [study(id, { enrollment: 1500, updatedOn: day(4) })]);
    await world.poll();
    expect((await world.changes(id)).map(({ kind }) => kind)).toEqual(['enrollment']);
  });
});

describe('C15: an answer that is the same, to the letter', () => {
  // Read again by each poll: updates are read with an overlap.
  const recent = { updatedOn: day(2) };

  it('is not compared again, and the news beside it and after it is told', async () => {
    const world = await openWith([study(id, recent), study('NCT09900002', recent)], [id, 'NCT09900002']);
    turnTo(world, 3, [study(id, recent), study('NCT09900002', recent)]);
    expect(await world.poll()).toMatchObject({ outcome: 'completed', figures: { seen: 2, changed: 0 } });
    const { db } = world.context;
    // Whoever compared it would open what is stored, and stumble.
    const first = sql`trial_id = (select id from trials where registry_id = ${id})`;
    await sql`create table kept as select packed from trial_versions where ${first}`.execute(db);
    await sql`update trial_versions set packed = '\\x00' where ${first}`.execute(db);
    turnTo(world, 4, [study(id, recent), study('NCT09900002', { status: 'SUSPENDED', updatedOn: day(4) })]);
    expect(await world.poll()).toMatchObject({ outcome: 'completed', figures: { seen: 2, changed: 1 } });
    const readOn = await db.selectFrom('trials').select('read_at').distinct().execute();
    expect(readOn.map(({ read_at }) => read_at.slice(0, 10))).toEqual([day(4)]);
    await sql`update trial_versions set packed = kept.packed from kept where ${first}`.execute(db);

    turnTo(world, 5, [study(id, { status: 'SUSPENDED', updatedOn: day(5) })]);
    await world.poll();
    expect(await saidOf(world)).toEqual([['status', 'RECRUITING', 'SUSPENDED']]);
  });

  it('is compared by a later version of the code', async () => {
    const world = await openWith([study(id, recent)]);
    turnTo(world, 3, [study(id, recent)]);
    await world.poll();
    await sql`update trials set projection = projection - 1`.execute(world.context.db);
    turnTo(world, 4, [study(id, recent)]);
    await world.poll();
    const row = await world.context.db.selectFrom('trials').select('projection').executeTakeFirst();
    expect(row?.projection).toBe(world.registry.projection);
  });
});
