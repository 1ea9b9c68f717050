import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { expireRows } from '../../../src/db/maintenance/retention.ts';
import { sendDelivery } from '../../../src/jobs/delivery/send.ts';
import { planDigests } from '../../../src/jobs/digests/plan.ts';
import { readDigests } from '../../support/digest-contents.ts';
import { study } from '../../support/study.ts';
import { useWorlds } from '../../support/world.ts';

const openWorld = useWorlds();
const id = 'NCT09900001';
const sites = ['Klinikum Halle, Halle, Germany @ 51.48158 11.97947'];
const people = ['ann@example.net', 'bob@example.net', 'cat@example.net'];

/** Three people are promised the same news of a trial: its status, and its enrollment. */
async function openPromised() {
  const days = [{ timestamp: '2026-11-02T09:00:04', studies: [study(id, { enrollment: 40 })] }];
  const world = await openWorld({ days });
  for (const email of people)
    await world.subscribe(email, { conditions: ['asthma'], facets: ['status', 'enrollment'] });
  const { db } = world.context;
  await sql`update subscriptions set words = 'what ' || subscriber_id || ' typed'`.execute(db);
  await sql`update subscribers set timezone = 'Europe/Paris' where id = 2`.execute(db);
  world.refresh('2026-11-03T09:00:04', [
    study(id, { status: 'SUSPENDED', enrollment: 60, updatedOn: '2026-11-03' }),
  ]);
  world.setNow('2026-11-03T12:00:00Z');
  await world.poll();
  world.setNow('2026-11-10T12:00:00Z');
  const { deliveryIds } = await planDigests(world.context);
  return { world, db, deliveryIds };
}

it('P5: those who follow the same share one content, which holds nothing of them; each reads their own words', async () => {
  const { db } = await openPromised();
  const contents = await db.selectFrom('digest_contents').selectAll().execute();
  expect(contents).toHaveLength(1);
  const text = JSON.stringify(contents);
  for (const own of ['typed', 'subscriptionId', 'since', 'timezone']) expect(text).not.toContain(own);
  const digests = await readDigests(db);
  const reasons = digests.map(({ subscriberId, content: { timezone, trials } }) => [
    subscriberId,
    timezone,
    trials.map(({ reasons: [reason] }) => [reason?.subscriptionId, reason?.words]),
  ]);
  expect(reasons).toEqual([
    [1, 'UTC', [[1, 'what 1 typed']]],
    [2, 'Europe/Paris', [[2, 'what 2 typed']]],
    [3, 'UTC', [[3, 'what 3 typed']]],
  ]);
  const { rows } = await sql`select max(pg_column_size(g.*)) < 300 as small from digests g`.execute(db);
  expect(rows).toEqual([{ small: true }]);
});

it('L7: what one of them wants no more leaves their own mail only', async () => {
  const { world, db, deliveryIds } = await openPromised();
  const before = await readDigests(db);
  await sql`update subscriptions set facets = '{status}' where subscriber_id = 1`.execute(db);
  expect(await sendDelivery(world.context, deliveryIds[0] ?? -1)).toBe('sent');
  const [ann, ...others] = await readDigests(db);
  expect(ann?.content.trials[0]?.changes.map(({ facet }) => facet)).toEqual(['status']);
  expect(others).toEqual(before.slice(1));
  expect(others[0]?.content.trials[0]?.changes.map(({ facet }) => facet)).toContain('enrollment');
});

it('P5, L7: who follows several things shares the news of each, and keeps the rest when one is not wanted any more', async () => {
  const ids = [id, 'NCT09900002'];
  const days = [{ timestamp: '2026-11-02T09:00:04', studies: ids.map((one) => study(one)) }];
  const world = await openWorld({ days });
  const { db } = world.context;
  for (const email of people) await world.subscribe(email, { trials: ids });
  world.refresh(
    '2026-11-03T09:00:04',
    ids.map((one) => study(one, { status: 'SUSPENDED', updatedOn: '2026-11-03' })),
  );
  world.setNow('2026-11-03T12:00:00Z');
  await world.poll();
  world.setNow('2026-11-10T12:00:00Z');
  const { deliveryIds } = await planDigests(world.context);
  expect(await db.selectFrom('digest_contents').select('id').execute()).toHaveLength(2);
  const before = await readDigests(db);
  // Of equal weight: the newest number first.
  for (const { content } of before)
    expect(content.trials.map(({ card }) => card.id)).toEqual(ids.toReversed());
  await sql`update subscriptions set state = 'paused' where subscriber_id = 1 and registry_id = ${id}`.execute(
    db,
  );
  for (const one of deliveryIds) expect(await sendDelivery(world.context, one)).toBe('sent');
  const [ann, ...others] = await readDigests(db);
  expect(ann?.content.trials.map(({ card }) => card.id)).toEqual(ids.slice(1));
  expect(others).toEqual(before.slice(1));
  for (const at of ['2027-02-20T12:00:00Z', '2027-02-20T12:00:01Z']) await expireRows(db, at);
  expect(await db.selectFrom('digest_contents').select('id').execute()).toEqual([]);
});

it('D2, P5: who look near the same place share a content with its distances; who look near another have theirs', async () => {
  const days = [
    { timestamp: '2026-11-02T09:00:04', studies: [study(id, { status: 'NOT_YET_RECRUITING', sites })] },
  ];
  const world = await openWorld({ days });
  const { db } = world.context;
  for (const email of people) await world.subscribe(email, { conditions: ['asthma'], frequency: 'daily' });
  const near = { lat: 51.33962, lon: 12.37129, km: 100, name: 'Leipzig, Germany' };
  const other = { lat: 51.48158, lon: 11.97947, km: 100, name: 'Halle, Germany' };
  for (const [n, place] of [near, near, other].entries())
    await sql`update subscriptions set filters = ${JSON.stringify({ place })}::jsonb where subscriber_id = ${n + 1}`.execute(
      db,
    );
  world.refresh('2026-11-03T09:00:04', [study(id, { sites, updatedOn: '2026-11-03' })]);
  world.setNow('2026-11-03T12:00:00Z');
  await world.poll();
  world.setNow('2026-11-04T09:00:00Z');
  await planDigests(world.context);
  const told = (await readDigests(db)).map(({ content: { trials } }) => trials[0]?.changes[0]?.near);
  expect(told.map((one) => one && [one.km, one.place])).toEqual([
    [31, 'Leipzig'],
    [31, 'Leipzig'],
    [0, 'Halle'],
  ]);
  const contents = await db.selectFrom('digest_contents').selectAll().execute();
  expect(contents).toHaveLength(2);
  expect(JSON.stringify(contents)).not.toContain(String(near.lat));
});

it('P4: a content is let go of with the last digest that has it, and not while one is owed', async () => {
  const { world, db, deliveryIds } = await openPromised();
  for (const one of deliveryIds.slice(1)) await sendDelivery(world.context, one);
  const left = async (now: string) => {
    await expireRows(db, now);
    await expireRows(db, now);
    const count = async (table: 'digests' | 'digest_contents') =>
      (await db.selectFrom(table).select('id').execute()).length;
    return [await count('digests'), await count('digest_contents')];
  };
  expect(await left('2027-02-20T12:00:00Z')).toEqual([1, 1]);
  await sendDelivery(world.context, deliveryIds[0] ?? -1);
  expect(await left('2027-02-20T12:00:00Z')).toEqual([0, 0]);
});
