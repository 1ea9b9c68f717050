import { describe, expect, it } from 'vitest';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { type StudyParts, study } from '../../support/study.ts';
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

describe('versions and changes', () => {
  it('C6, L1: suspended, resumed, suspended again is three versions more and three changes', async () => {
    const world = await openWith([study(id)]);
    for (const [n, status] of [
      [3, 'SUSPENDED'],
      [4, 'RECRUITING'],
      [5, 'SUSPENDED'],
    ] as const) {
      turnTo(world, n, [study(id, { status, updatedOn: day(n) })]);
      expect((await world.poll()).figures).toMatchObject({ changed: 1, changes: 1 });
    }
    expect((await world.versions(id)).map(({ status }) => status)).toEqual([
      'RECRUITING',
      'SUSPENDED',
      'RECRUITING',
      'SUSPENDED',
    ]);
    expect(await saidOf(world)).toEqual([
      ['status', 'RECRUITING', 'SUSPENDED'],
      ['status', 'SUSPENDED', 'RECRUITING'],
      ['status', 'RECRUITING', 'SUSPENDED'],
    ]);
  });

  it('a record of which only verification and update dates moved is no version, and the dates are kept', async () => {
    const world = await openWith([study(id)]);
    turnTo(world, 3, [study(id, { updatedOn: day(3), verifiedOn: '2026-11' })]);
    expect((await world.poll()).figures).toMatchObject({ seen: 1, changed: 0, changes: 0 });
    const versions = await world.versions(id);
    expect(versions).toHaveLength(1);
    expect(versions[0]).toMatchObject({ verifiedOn: '2026-11', lastUpdatePostedOn: day(3) });
  });

  it('L12, L14: hidden values of a withheld record are kept, and its return is one change', async () => {
    const world = await openWith([study(id)]);
    const withheld = {
      protocolSection: {
        identificationModule: { nctId: id },
        statusModule: { overallStatus: 'WITHHELD', lastUpdatePostDateStruct: { date: day(3) } },
      },
    };
    turnTo(world, 3, [withheld]);
    await world.poll();
    const [full, hidden] = await world.versions(id);
    expect(hidden).toEqual({ ...full, status: 'WITHHELD', lastUpdatePostedOn: day(3), verifiedOn: null });
    turnTo(world, 4, [study(id, { updatedOn: day(4) })]);
    await world.poll();
    expect(await saidOf(world)).toEqual([
      ['status', 'RECRUITING', 'WITHHELD'],
      ['status', 'WITHHELD', 'RECRUITING'],
    ]);
  });

  it('M1: learns the headings of stored records, to resolve conditions against', async () => {
    const meshes = [{ id: 'C000625148', term: 'Made-up Syndrome' }];
    const world = await openWith([study(id, { conditions: ['Made-up'], meshes })]);
    const concepts = await world.context.db.selectFrom('concepts').selectAll().execute();
    expect(concepts).toEqual([{ id: 'C000625148', term: 'Made-up Syndrome' }]);
    const [followed] = await world.subscribe('ann@example.net', { conditions: ['made-up syndrome'] });
    expect(followed?.understoodAs).toBe('Made-up Syndrome (MeSH C000625148)');
  });

  it('M1: a phrase that somebody follows only now is found in the trials that are stored already', async () => {
    const world = await openWith([study(id, { title: 'Blorbs in the young' })]);
    await world.subscribe('ben@example.net', { conditions: ['"blorbs in the young"'] });
    const { db } = world.context;
    const [row] = await db.selectFrom('trials').select(['topics', 'version']).execute();
    const followed = await db.selectFrom('subscriptions').select('topics').orderBy('id', 'desc').execute();
    expect(followed[0]?.topics).toEqual([expect.stringMatching(/^phrase:-:blorb/)]);
    expect(row?.topics).toEqual(expect.arrayContaining(followed[0]?.topics ?? []));
    expect(row?.version).toBe(1);
    expect(await world.changes()).toEqual([]);
  });
});

describe('conditions and ids that change', () => {
  const asthma = [{ id: 'D001249', term: 'Asthma' }];
  const bronchitis = [{ id: 'D001991', term: 'Bronchitis' }];

  it('M3: a trial whose conditions change reaches both: left the old topic, entered the new one, once', async () => {
    const was = study(id, { conditions: ['Asthma'], meshes: asthma });
    const other = study('NCT09900002', { conditions: ['Bronchitis'], meshes: bronchitis });
    const world = await openWith([was, other], []);
    await world.subscribe('ann@example.net', { conditions: ['asthma'] });
    await world.subscribe('ben@example.net', { conditions: ['bronchitis'] });
    const is = study(id, {
      conditions: ['Bronchitis'],
      meshes: bronchitis,
      status: 'COMPLETED',
      updatedOn: day(3),
    });
    turnTo(world, 3, [is, other]);
    await world.poll();
    const changes = await world.changes(id);
    const status = changes.find(({ kind }) => kind === 'status');
    expect(status?.topics).toEqual(expect.arrayContaining(['concept:D001249', 'concept:D001991']));
    const entered = changes.filter(({ kind }) => kind === 'entered');
    const left = changes.filter(({ kind }) => kind === 'left');
    expect(entered).toHaveLength(1);
    expect(left).toHaveLength(1);
    expect(entered[0]?.topics).toContain('concept:D001991');
    expect(entered[0]?.topics).not.toContain('concept:D001249');
    expect(left[0]?.topics).toContain('concept:D001249');
    turnTo(world, 4, [
      study(id, { conditions: ['Bronchitis'], meshes: bronchitis, status: 'COMPLETED', updatedOn: day(4) }),
      other,
    ]);
    expect((await world.poll()).figures.changes).toBe(0);
  });

  it('C13: topics that changed only in derived MeSH terms are updated silently, and later changes reach them', async () => {
    const was = study(id, { conditions: ['Asthma'], meshes: [] });
    const other = study('NCT09900002', { conditions: ['Bronchitis'], meshes: bronchitis });
    const world = await openWith([was, other]);
    await world.subscribe('ben@example.net', { conditions: ['bronchitis'] });
    const is = (parts: StudyParts) => study(id, { conditions: ['Asthma'], meshes: bronchitis, ...parts });
    turnTo(world, 3, [is({ updatedOn: day(3) }), other]);
    expect((await world.poll()).outcome).toBe('completed');
    expect(await world.versions(id)).toHaveLength(2);
    expect(await saidOf(world)).toEqual([]);
    turnTo(world, 4, [is({ updatedOn: day(4), status: 'SUSPENDED' }), other]);
    await world.poll();
    expect((await world.changes(id))[0]?.topics).toContain('concept:D001991');
  });

  it('C11: a trial whose id the registry replaced carries on under the new one, and keeps its followers', async () => {
    const world = await openWith([study(id)]);
    const renamed = (parts: StudyParts) => study('NCT09900055', { aliases: [id], ...parts });
    turnTo(world, 3, [renamed({ updatedOn: day(3), status: 'SUSPENDED' })]);
    await world.round();
    expect(await saidOf(world, 'NCT09900055')).toContainEqual(['status', 'RECRUITING', 'SUSPENDED']);
    expect(await world.versions('NCT09900055')).toHaveLength(2);
    expect(await world.mails('ann@example.net')).toHaveLength(1);
    expect((await world.mails('ann@example.net'))[0]?.text).toContain('NCT09900055');
    const [again] = await world.subscribe('ben@example.net', { trials: [id] });
    expect(again?.understoodAs).toContain(`${id} is its old number`);
    const trials = await world.context.db.selectFrom('trials').select('registry_id').execute();
    expect(trials).toEqual([{ registry_id: 'NCT09900055' }]);
  });

  it('C10: an older copy that still has the old id makes no second trial', async () => {
    const world = await openWith([study(id)]);
    turnTo(world, 3, [study('NCT09900055', { aliases: [id], updatedOn: day(3) })]);
    await world.poll();
    turnTo(world, 4, [
      study(id, { updatedOn: day(1) }),
      study('NCT09900055', { aliases: [id], updatedOn: day(4) }),
    ]);
    await world.poll();
    const trials = await world.context.db.selectFrom('trials').select('registry_id').execute();
    expect(trials).toEqual([{ registry_id: 'NCT09900055' }]);
    expect((await world.changes()).filter(({ facet }) => facet === 'registration')).toEqual([]);
  });

  it('two trials that claim one old id are both stored, and two stored trials that became one cost no poll', async () => {
    const first = study(id, { aliases: ['NCT00000009'] });
    const second = study('NCT09900002', { aliases: ['NCT00000009'] });
    const world = await openWith([first, second], [id, 'NCT09900002']);
    expect(await world.versions('NCT09900002')).toHaveLength(1);
    for (const n of [3, 4]) {
      turnTo(world, n, [study('NCT09900002', { aliases: [id], updatedOn: day(3) })]);
      expect(await world.poll()).toMatchObject({ outcome: 'completed', reason: null });
    }
    expect((await world.changes('NCT09900002')).filter(({ facet }) => facet === 'registration')).toEqual([]);
  });
});

it("P11: contacts' values live in the newest row alone", async () => {
  const person = (name: string, phone: string) => ({
    name,
    phone,
    email: `${name.toLowerCase()}@clinic.example`,
  });
  const world = await openWith([study(id, { contact: person('Quirine', '555-777-01'), updatedOn: day(2) })]);
  const thin = study('NCT09900002', { contact: person('Xanthippe', '555-777-03'), updatedOn: day(3) });
  delete thin.protocolSection.designModule;
  turnTo(world, 3, [study(id, { contact: person('Ygraine', '555-777-02'), updatedOn: day(3) }), thin]);
  await world.poll();
  const whereIs = async (value: string) => {
    const lines = (await world.dump()).filter((line) => line.toLowerCase().includes(value.toLowerCase()));
    return lines.map((line) => line.slice(0, line.indexOf(':'))).sort();
  };
  for (const gone of ['Quirine', '555-777-01']) expect(await whereIs(gone)).toEqual([]);
  for (const newest of ['Ygraine', '555-777-02', 'ygraine@clinic.example']) {
    expect(await whereIs(newest)).toEqual(['trials.contacts', 'trials.raw']);
  }
  expect(await whereIs('Xanthippe')).toEqual(['quarantine.raw']);
  turnTo(world, 4, [study('NCT09900002', { updatedOn: day(4) })]);
  await world.poll();
  expect(await whereIs('Xanthippe')).toEqual([]);
});
