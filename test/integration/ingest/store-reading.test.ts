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
