import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { openRun } from '../../../src/db/ingest/runs.ts';
import { checkAlarms } from '../../../src/jobs/ops/alarms.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { manyStudies, study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();

async function openWatched(): Promise<World> {
  const world = await open(onDayTwo(manyStudies(9), { maxPageSize: 3 }));
  world.context.config.adminEmails.push('admin@example.org');
  await world.subscribe('ann@example.net', { trials: ['NCT08000001'] });
  return world;
}

it('N3, R9: a reading that is cut short three times in a row alarms, within the hour, and a whole one ends it', async () => {
  const world = await openWatched();
  turnTo(world, 3, manyStudies(9, { enrollment: 300, updatedOn: day(3) }));
  world.recorded.setFault({ kind: 'endless' });
  for (const minute of ['00', '15']) {
    world.setNow(`${day(3)}T13:${minute}:00Z`);
    expect((await world.poll()).outcome).toBe('partial');
    expect(await checkAlarms(world.context)).not.toContain('reading-cut-short:ctgov');
  }
  world.setNow(`${day(3)}T13:30:00Z`);
  await world.poll();
  expect(await checkAlarms(world.context)).toContain('reading-cut-short:ctgov');
  const { rows } = await sql<{ message: string }>`select message from alerts`.execute(world.context.db);
  expect(rows.map(({ message }) => message).join()).toMatch(
    /interrupted 3 times in a row.*this reading was ended/,
  );
  world.recorded.setFault(null);
  await world.poll();
  expect(await checkAlarms(world.context)).not.toContain('reading-cut-short:ctgov');
});

it('R9: a run that does not end alarms after an hour', async () => {
  const world = await openWatched();
  await openRun(world.context.db, {
    registry: 'ctgov',
    kind: 'poll',
    startedAt: `${day(2)}T12:30:00Z`,
    dataTimestamp: null,
  });
  world.setNow(`${day(2)}T13:29:00Z`);
  expect(await checkAlarms(world.context)).not.toContain('reading-stuck:ctgov');
  world.setNow(`${day(2)}T13:31:00Z`);
  expect(await checkAlarms(world.context)).toContain('reading-stuck:ctgov');
});

it('R9: a poll that throws is a run that failed, and says why; three in a row alarm', async () => {
  const world = await openWatched();
  turnTo(world, 3, [study('NCT08000001', { updatedOn: day(3) })]);
  const broken = {
    ...world.registry,
    dataVersion: () => Promise.reject(new TypeError('a fault of the program')),
  };
  const context = world.another({ registries: new Map([['ctgov', broken]]) });
  const poll = () => expect(world.poll(context)).rejects.toThrow('a fault of the program');
  await poll();
  expect((await world.runs()).at(-1)).toMatchObject({ outcome: 'failed', reason: 'a fault of the program' });
  expect(await checkAlarms(context)).not.toContain('reading-cut-short:ctgov');
  for (const minute of ['15', '30']) {
    world.setNow(`${day(3)}T13:${minute}:00Z`);
    await poll();
  }
  expect(await checkAlarms(context)).toContain('reading-cut-short:ctgov');
});
