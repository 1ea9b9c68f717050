import { expect, it } from 'vitest';
import { study } from '../../support/study.ts';
import { useWorlds } from '../../support/world.ts';

const openWorld = useWorlds();

it('a replay of recorded days tells a subscription that was made after them by its own clock', async () => {
  const before = study('NCT09900001', { status: 'RECRUITING', updatedOn: '2026-02-02' });
  const after = study('NCT09900001', { status: 'SUSPENDED', updatedOn: '2026-02-11' });
  const world = await openWorld({
    now: '2026-11-20T12:00:00.000Z',
    days: [{ timestamp: '2026-02-03T09:00:00', studies: [before] }],
  });
  await world.subscribe('ann@example.net', { trials: ['NCT09900001'] });
  world.setNow('2026-02-03T15:00:00.000Z');
  await world.round();
  world.refresh('2026-02-11T09:00:00', [after]);
  world.setNow('2026-02-11T15:00:00.000Z');
  expect((await world.round()).result.digests).toMatchObject({ planned: 1, sent: 1 });
  world.setNow('2026-02-12T15:00:00.000Z');
  expect((await world.round()).result.digests).toMatchObject({ planned: 0, sent: 0 });
});
