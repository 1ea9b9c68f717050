import { describe, expect, it } from 'vitest';
import { listMatchAudits } from '../../../src/db/ingest/match-audits.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { runProgram, testKey } from '../../support/program.ts';
import { type StudyParts, study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const asthma = { id: 'D001249', term: 'Asthma' };
const respiratory = [{ id: 'D012140', term: 'Respiratory Tract Diseases' }];
const filed: StudyParts = {
  conditions: ['Wheezing'],
  meshes: [asthma],
  ancestors: respiratory,
  updatedOn: day(3),
};

/** Told apart by both searches: what the registry's finds by a keyword alone, and ours by a code it does not search. */
const both = ['NCT09900001', 'NCT09900002'];
const theirs = 'NCT09900003';

function studies(): unknown[] {
  return [
    ...both.map((id) => study(id, { ...filed, conditions: ['Asthma'] })),
    study(theirs, { conditions: ['Hay fever'], keywords: ['asthma'], updatedOn: day(3) }),
    study('NCT09900004', { conditions: ['Gout'], updatedOn: day(3) }),
    study('NCT09900005', { ...filed, conditions: ['Asthma'], updatedOn: '2026-10-01' }),
  ];
}

async function openAudited(): Promise<World> {
  const world = await open(
    onDayTwo([study('NCT09900005', { ...filed, conditions: ['Asthma'], updatedOn: '2026-10-01' })]),
  );
  await world.subscribe('ann@example.net', { conditions: ['asthma'] });
  turnTo(world, 3, studies());
  return world;
}

const searches = (world: World) =>
  world.recorded.requests.filter(({ parameters }) => parameters['query.cond'] !== undefined);

describe('the audit of matching', () => {
  it('M1: counts where the registry’s own search and our matching agree, among the trials of the last week, with samples', async () => {
    const world = await openAudited();
    expect((await world.poll()).outcome).toBe('completed');
    expect(await listMatchAudits(world.context.db)).toMatchObject([
      { conceptId: 'D001249', both: 2, registryOnly: 1, localOnly: 0, samples: [theirs] },
    ]);
  });

  it('M1: a trial that is stored under the concept and that the registry’s search does not find is ours alone', async () => {
    const world = await openAudited();
    const { pages } = world.registry;
    world.registry.pages = (query, from) =>
      pages(query.kind === 'condition' ? { ...query, words: 'hay fever' } : query, from);
    await world.poll();
    const [audit] = await listMatchAudits(world.context.db);
    expect(audit).toMatchObject({ both: 0, registryOnly: 1, localOnly: 2 });
    expect(audit?.samples.toSorted()).toEqual([...both, theirs]);
  });

  it('asks once a week for each followed concept, and not for one that nobody follows any more', async () => {
    const world = await openAudited();
    await world.subscribe('ben@example.net', { conditions: ['asthma'] });
    world.recorded.requests.length = 0;
    const asked: number[] = [];
    for (const n of [3, 4, 5, 9, 11, 12]) {
      turnTo(world, n, studies());
      world.recorded.requests.length = 0;
      await world.poll();
      asked.push(...searches(world).map(() => n));
    }
    expect(asked).toEqual([3, 11]);
    await world.context.db.updateTable('subscriptions').set({ state: 'ended' }).execute();
    turnTo(world, 20, studies());
    world.recorded.requests.length = 0;
    await world.poll();
    expect(searches(world)).toEqual([]);
  });

  it('a registry that does not answer the audit leaves the poll as it was; the next refresh asks again', async () => {
    const world = await openAudited();
    const { pages } = world.registry;
    let isAway = true;
    world.registry.pages = (query, from) => {
      if (query.kind === 'condition' && isAway) world.recorded.setFault({ kind: 'html', on: 'list' });
      return pages(query, from);
    };
    expect(await world.poll()).toMatchObject({ outcome: 'completed', reason: null });
    expect(await listMatchAudits(world.context.db)).toEqual([]);
    isAway = false;
    world.recorded.setFault(null);
    turnTo(world, 4, studies());
    await world.poll();
    expect(await listMatchAudits(world.context.db)).toHaveLength(1);
  });

  it('doctor shows it', async () => {
    const world = await openAudited();
    await world.poll();
    const { stdout } = await runProgram(['doctor'], {
      DATABASE_URL: world.databaseUrl,
      SECRET_KEY: testKey,
      DATA_DIR: world.context.config.dataDir,
      REGISTRIES: 'ctgov',
      CTGOV_URL: world.recorded.url,
      CTGOV_PACE_MS: '0',
    });
    expect(stdout).toContain(
      `ok    Matching of "Asthma" in the week before ${day(3)}: 2 trials in agreement, 1 found only by the registry's search, 0 only by ours, such as ${theirs}.`,
    );
  });
});
