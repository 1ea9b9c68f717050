import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { listHeldChanges } from '../../../src/db/ingest/holds.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { manyStudies, study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const id = 'NCT09900001';
const other = 'NCT09900002';

async function openWith(studies: unknown[], trials: string[] = [id]): Promise<World> {
  const world = await open(onDayTwo(studies));
  await world.subscribe('ann@example.net', { trials });
  return world;
}
const kindsOf = async (world: World, trial: string) =>
  (await world.changes(trial)).map(({ kind, change }) => [kind, change.after]);

describe('N1: a record that cannot be stored is quarantined alone', () => {
  const suspended = { status: 'SUSPENDED', updatedOn: day(3) };

  it.each([
    ['a first-post day of the year 0', { firstPostedOn: '0000-01-01' }, /0000-01-01.* is not a date/],
    ['a MeSH id of thousands of characters', { meshes: [{ id: 'D'.repeat(4_000), term: 'x' }] }, /MeSH id/],
  ])('%s is refused at the border', async (_, parts, reason) => {
    const world = await openWith([study(id)]);
    turnTo(world, 3, [study(id, suspended), study(other, { updatedOn: day(3), ...parts })]);
    expect(await world.poll()).toMatchObject({ outcome: 'completed', figures: { quarantined: 1 } });
    expect(await kindsOf(world, id)).toEqual([['status', 'SUSPENDED']]);
    const row = await world.context.db.selectFrom('quarantine').selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject({ registry_id: other });
    expect(row.reason).toMatch(reason);
  });

  it('a city of thousands of characters is stored with its trial, and learnt by nobody', async () => {
    const city = 'Bergen'.repeat(1_000);
    const world = await openWith([study(id, { sites: [`Zeta Clinic, ${city}, Norway @ 60 5`] })]);
    expect((await world.versions(id))[0]?.sites[0]?.city).toBe(city);
    expect(await world.context.db.selectFrom('places').selectAll().execute()).toEqual([]);
  });

  it('one that the store refuses costs the others of its page nothing', async () => {
    const before = manyStudies(40);
    const ids = before.map((one) => one.protocolSection.identificationModule.nctId);
    const world = await openWith(before, ids);
    await world.context.db.schema
      .alterTable('trials')
      .addCheckConstraint('none_of_this', sql`title <> 'Refused by the store'`)
      .execute();
    const after = manyStudies(40, suspended);
    const refused = after[17];
    if (!refused) throw new Error('no such study');
    refused.protocolSection.identificationModule.briefTitle = 'Refused by the store';
    turnTo(world, 3, after);
    expect(await world.poll()).toMatchObject({
      outcome: 'completed',
      figures: { quarantined: 1, changed: 39, seen: 40 },
    });
    const row = await world.context.db.selectFrom('quarantine').selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject({ registry_id: ids[17] });
    expect(row.reason).toMatch(/^The record could not be stored: .*none_of_this/);
    expect(await kindsOf(world, ids[16] ?? '')).toEqual([['status', 'SUSPENDED']]);
  });
});

describe('N2: no record speaks for another', () => {
  it('a claimed number that the registry still lists on its own stays its own trial, and both are told', async () => {
    const world = await openWith([study(id), study(other)], [id, other]);
    for (const [n, status] of [
      [3, 'SUSPENDED'],
      [4, 'RECRUITING'],
      [5, 'SUSPENDED'],
    ] as const) {
      const parts = { status, updatedOn: day(n) };
      turnTo(world, n, [study(id, parts), study(other, { ...parts, aliases: [id] })]);
      expect(await world.poll()).toMatchObject({ outcome: 'completed', figures: { replaced: 0 } });
    }
    const told = ['SUSPENDED', 'RECRUITING', 'SUSPENDED'].map((status) => ['status', status]);
    expect(await kindsOf(world, id)).toEqual(told);
    expect(await kindsOf(world, other)).toEqual(told);
    const topics = (await world.changes(other)).flatMap((change) => change.topics);
    expect(topics).not.toContain(`trial:ctgov:${id}`);
  });

  it('two records that claim each other stay two trials', async () => {
    const both = (n: number) => [
      study(id, { updatedOn: day(n), aliases: [other], status: n > 2 ? 'SUSPENDED' : 'RECRUITING' }),
      study(other, { updatedOn: day(n), aliases: [id], status: n > 2 ? 'SUSPENDED' : 'RECRUITING' }),
    ];
    const world = await openWith(both(2), [id, other]);
    turnTo(world, 3, both(3));
    expect(await world.poll()).toMatchObject({ outcome: 'completed', figures: { changed: 2 } });
  });

  it('an older copy under a number that another trial took over is dropped, and counted', async () => {
    const renamed = 'NCT09900055';
    const world = await openWith([study(id)]);
    turnTo(world, 3, [study(renamed, { aliases: [id], updatedOn: day(3) })]);
    await world.poll();
    // An older dataset answers the list; asked for the number alone, the registry would answer with the new record.
    turnTo(world, 4, [
      study(id, { updatedOn: day(3) }),
      study(renamed, { aliases: [id], updatedOn: day(4) }),
    ]);
    expect((await world.poll()).figures).toMatchObject({ replaced: 1 });
    const trials = await world.context.db.selectFrom('trials').select('registry_id').execute();
    expect(trials).toEqual([{ registry_id: renamed }]);
  });
});

describe('N3: every reading ends', () => {
  it('a registry with endless new pages makes the run partial, and complete pages are told', async () => {
    const before = manyStudies(9);
    const ids = before.map((one) => one.protocolSection.identificationModule.nctId);
    const world = await open(onDayTwo(before, { maxPageSize: 3 }));
    await world.subscribe('ann@example.net', { trials: ids });
    turnTo(world, 3, manyStudies(9, { status: 'SUSPENDED', updatedOn: day(3) }));
    world.recorded.setFault({ kind: 'endless' });
    const asked = world.recorded.requests.length;
    const polled = await world.poll();
    expect(polled).toMatchObject({ outcome: 'partial', figures: { changed: 9 } });
    expect(polled.reason).toContain('so this reading was ended');
    expect(world.recorded.requests.length - asked).toBeLessThan(50);
    expect((await world.changes()).every(({ state }) => state === 'released')).toBe(true);
    world.recorded.setFault(null);
    expect(await world.poll()).toMatchObject({ outcome: 'completed', figures: { changes: 0 } });
  });
});

describe('N3: a registry that answers no question about a number', () => {
  it('keeps back only the records that depend on the answer, and those are told once it came', async () => {
    const third = 'NCT09900003';
    const world = await openWith([study(id), study(other), study(third)], [id, other, third]);
    const parts = { status: 'SUSPENDED', updatedOn: day(3) };
    turnTo(world, 3, [study(id, parts), study(other, { ...parts, aliases: [id] }), study(third, parts)]);
    world.recorded.setFault({ kind: 'endless' });
    expect(await world.poll()).toMatchObject({ outcome: 'partial', figures: { changed: 1, replaced: 0 } });
    expect((await world.changes()).map(({ trial, state }) => [trial, state])).toEqual([[third, 'released']]);
    world.recorded.setFault(null);
    expect(await world.poll()).toMatchObject({ outcome: 'completed', figures: { changed: 2 } });
    for (const one of [id, other]) expect(await kindsOf(world, one)).toEqual([['status', 'SUSPENDED']]);
  });
});

describe('N4: a date of the future costs nothing', () => {
  it('an update date of 2062 keeps no real news back', async () => {
    const world = await openWith([study(id)]);
    turnTo(world, 3, [study(id, { updatedOn: '2062-01-01', enrollment: 300 })]);
    await world.poll();
    turnTo(world, 4, [study(id, { updatedOn: day(4), status: 'SUSPENDED', enrollment: 300 })]);
    await world.poll();
    expect(await kindsOf(world, id)).toContainEqual(['status', 'SUSPENDED']);
  });

  it('data of the year 9999 moves no watermark beyond today', async () => {
    const world = await openWith([study(id)]);
    world.refresh('9999-12-31T09:00:00', [study(id, { updatedOn: day(3), enrollment: 300 })]);
    world.setNow(`${day(3)}T12:00:00Z`);
    expect((await world.poll()).outcome).toBe('completed');
    turnTo(world, 4, [study(id, { updatedOn: day(4), status: 'SUSPENDED', enrollment: 300 })]);
    await world.poll();
    expect(await kindsOf(world, id)).toContainEqual(['status', 'SUSPENDED']);
  });

  it('an answer with an invalid day counts as no answer', async () => {
    const world = await openWith([study(id)]);
    world.refresh('9999-99-99T09:00:00', [study(id, { updatedOn: day(3), status: 'SUSPENDED' })]);
    expect(await world.poll()).toMatchObject({ outcome: 'failed' });
  });
});

describe('N5: a record that became another trial is held for a person', () => {
  const asthma = { title: 'Inhaled budesonide for children with asthma', conditions: ['Asthma'] };
  const kidney = { title: 'Dialysis schedules after renal transplantation', conditions: ['Kidney Failure'] };
  const [bergen, lima] = [['Zeta Clinic, Bergen, Norway'], ['Hospital Dos, Lima, Peru']];

  it('two swapped records are held, and the rest of the run is told', async () => {
    const third = 'NCT09900003';
    const a = { ...asthma, sites: bergen, firstPostedOn: '2024-01-01' };
    const b = { ...kidney, sites: lima, firstPostedOn: '2023-05-05' };
    const world = await openWith([study(id, a), study(other, b), study(third)], [id, other, third]);
    turnTo(world, 3, [
      study(id, { ...b, updatedOn: day(3) }),
      study(other, { ...a, updatedOn: day(3), status: 'SUSPENDED' }),
      study(third, { updatedOn: day(3), status: 'SUSPENDED' }),
    ]);
    const round = await world.round();
    expect(round.result.registries.ctgov).toMatchObject({ outcome: 'held' });
    for (const swapped of [id, other])
      expect((await world.changes(swapped)).map(({ state }) => state)).not.toContain('released');
    expect((await world.changes(third)).map(({ state }) => state)).toEqual(['released']);
    const [mail, ...more] = await world.mails('ann@example.net');
    expect(more).toEqual([]);
    expect(mail?.text).toContain(third);
    expect(mail?.text).not.toMatch(/Dialysis|budesonide/);
    for (const { because } of await listHeldChanges(world.context.db))
      expect(because).toContain("became another trial's");
  });
});
