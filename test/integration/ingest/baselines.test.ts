import { expect, it } from 'vitest';
import { pollRegistry } from '../../../src/jobs/ingest/poll.ts';
import { serveRecordedIsrctn } from '../../support/recorded-isrctn.ts';
import { useWorlds } from '../../support/world.ts';

const openWorld = useWorlds();

it('C13: a condition is followed in every registry: what is there is stored silently, what comes is told', async () => {
  const old = { digits: '90000001', edited: '2026-10-20T09:00:00Z', conditions: ['Asthma'] };
  const recorded = await serveRecordedIsrctn([old, { digits: '90000002', edited: '2026-10-20T09:00:00Z' }]);
  try {
    const world = await openWorld({ registries: { isrctn: { url: recorded.url, paceMs: 0 } } });
    const isrctn = world.context.registries.get('isrctn');
    if (!isrctn) throw new Error('no ISRCTN');
    const poll = async (at: string) => {
      world.setNow(at);
      return (await pollRegistry(world.context, isrctn))?.outcome;
    };
    await poll('2026-11-01T12:00:00Z');
    await world.subscribe('ann@example.net', { conditions: ['asthma'] });
    expect(await poll('2026-11-02T12:00:00Z')).toBe('completed');
    expect((await world.versions('ISRCTN90000001')).length).toBe(1);
    expect(await world.changes()).toEqual([]);
    // Edited, so that the next window has it; it was there before, and so was its condition.
    recorded.setRecords([{ ...old, edited: '2026-11-02T18:00:00Z', title: 'Another title of the study' }]);
    await poll('2026-11-03T12:00:00Z');
    expect((await world.changes()).map(({ kind }) => kind)).toEqual(['title']);
    const count = recorded.asked.length;
    await poll('2026-11-04T12:00:00Z');
    expect(recorded.asked.slice(count).filter(({ question }) => question.includes('asthma'))).toEqual([]);
  } finally {
    await recorded.close();
  }
});
