import { describe, expect, it } from 'vitest';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { manyStudies, study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const id = 'NCT09900001';

async function openWith(studies: unknown[], trials: string[] = [id]): Promise<World> {
  const world = await open(onDayTwo(studies));
  if (trials.length > 0) await world.subscribe('ann@example.net', { trials });
  return world;
}

describe('C10: whatever the registry leaves out, repeats or shuffles', () => {
  const before = manyStudies(9);
  const after = manyStudies(9, { enrollment: 300, updatedOn: day(3) });
  const ids = before.map((one) => one.protocolSection.identificationModule.nctId);

  /** The stored rows at the end, without parts that depend on the time of reading. */
  async function stateOf(world: World) {
    const versions = await Promise.all(ids.map((one) => world.versions(one)));
    const changes = (await world.changes()).map(({ trial, kind, change }) => [trial, kind, change.after]);
    return { versions, changes: changes.sort() };
  }

  async function expected() {
    const world = await open(onDayTwo(before, { maxPageSize: 3 }));
    await world.subscribe('ann@example.net', { trials: ids });
    turnTo(world, 3, after);
    await world.poll();
    return stateOf(world);
  }

  const faults = {
    'a page that is dropped': [{ kind: 'drop-page', page: 1 }, 'partial'],
    'a page that comes twice': [{ kind: 'repeat-page', page: 1 }, 'completed'],
    'pages in the opposite order': [{ kind: 'shuffle-pages' }, 'completed'],
    'pages that go in a circle': [{ kind: 'loop' }, 'partial'],
    'L11: zero results': [{ kind: 'empty' }, 'partial'],
  } as const;
  for (const [name, [fault, outcome]] of Object.entries(faults)) {
    it(`${name}: ${outcome}, then the same final state, no false change, nothing removed`, async () => {
      const world = await open(onDayTwo(before, { maxPageSize: 3 }));
      await world.subscribe('ann@example.net', { trials: ids });
      turnTo(world, 3, after);
      world.recorded.setFault(fault);
      const polled = await world.poll();
      expect(polled.outcome).toBe(outcome);
      expect(polled.reason === null).toBe(polled.outcome === 'completed');
      world.recorded.setFault(null);
      if (polled.outcome === 'completed') turnTo(world, 4, after);
      expect((await world.poll()).outcome).toBe('completed');
      expect(await stateOf(world)).toEqual(await expected());
      expect((await world.poll()).outcome).toBe('unchanged');
    });
  }

  it('L11: a list that lacks stored trials which the registry still has is partial, and nothing is removed', async () => {
    const world = await open(onDayTwo(before, { maxPageSize: 3 }));
    await world.subscribe('ann@example.net', { trials: ids });
    turnTo(world, 3, after);
    await world.poll();
    turnTo(world, 4, after);
    world.recorded.setFault({ kind: 'empty' });
    const polled = await world.poll();
    expect(polled.outcome).toBe('partial');
    expect(polled.reason).toBe(
      'ClinicalTrials.gov: its list left out 3 trials that it still has; it is read again next time',
    );
    world.recorded.setFault(null);
    expect((await world.poll()).outcome).toBe('completed');
    expect(await stateOf(world)).toEqual(await expected());
  });

  it('an older dataset that answers for a while changes nothing back', async () => {
    const world = await open(onDayTwo(before, { maxPageSize: 3 }));
    await world.subscribe('ann@example.net', { trials: ids });
    turnTo(world, 3, after);
    await world.poll();
    turnTo(world, 4, [...before.slice(0, 5), ...after.slice(5)]);
    expect((await world.poll()).figures).toMatchObject({ changed: 0, changes: 0, outdated: 5 });
    turnTo(world, 5, after);
    await world.poll();
    expect(await stateOf(world)).toEqual(await expected());
  });

  it('an older record that stands for more than a week is believed', async () => {
    const world = await openWith([study(id, { updatedOn: day(2), enrollment: 500 })]);
    for (const [n, versions] of [
      [3, 1],
      [10, 2],
    ] as const) {
      turnTo(world, n, [study(id, { updatedOn: day(1) })]);
      await world.poll();
      expect(await world.versions(id)).toHaveLength(versions);
    }
  });
});
