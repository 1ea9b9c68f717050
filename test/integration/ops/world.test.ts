import { expect, it } from 'vitest';
import { study } from '../../support/study.ts';
import { useWorlds } from '../../support/world.ts';

const open = useWorlds();

it('one registry update reaches the inbox of the trial’s follower', async () => {
  const world = await open({ days: [{ timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001')] }] });
  const [followed] = await world.subscribe('ann@example.net', { trials: ['nct 09900001'] });
  expect(followed).toMatchObject({ state: 'active', watching: true, words: 'NCT09900001' });
  const changed = study('NCT09900001', {
    status: 'SUSPENDED',
    whyStopped: 'Drug supply',
    updatedOn: '2026-11-03',
  });
  world.refresh('2026-11-03T09:00:04', [changed]);
  world.setNow('2026-11-03T12:00:00Z');
  const round = await world.round();
  expect(round.result.registries.ctgov).toMatchObject({ outcome: 'completed', changed: 1, changes: 1 });
  expect(round.result.digests).toMatchObject({ planned: 1, sent: 1 });
  const [mail] = await world.mails('ann@example.net');
  expect(mail?.text).toContain('Drug supply');
});
