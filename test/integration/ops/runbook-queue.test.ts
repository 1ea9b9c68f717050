import { describe, expect, it } from 'vitest';
import { planDigests } from '../../../src/jobs/digests/plan.ts';
import { createTestQueueStore } from '../../support/queue.ts';
import { noonZone, reader, stamp, suspended, trial, useRunbook } from '../../support/runbook-world.ts';
import { openProxy } from '../../support/servers-proxy.ts';
import { study } from '../../support/study.ts';

const { closers, openToday, startUntil } = useRunbook();

describe('the runbook, where the queue’s store is in trouble', () => {
  it('Redis is away, or was wiped', async () => {
    const { world, env, run } = await openToday();
    await world.round();
    await world.subscribe(reader, { trials: [trial], frequency: 'immediate', timezone: noonZone() });
    world.refresh(stamp(1), [study(trial, suspended)]);
    await world.poll();
    const store = await createTestQueueStore(world.databaseUrl);
    const cable = store.redisUrl ? await openProxy(Number(new URL(store.redisUrl).port)) : null;
    if (store.redisUrl && cable) {
      closers.push(cable.close);
      const address = new URL(store.redisUrl);
      address.port = String(cable.port);
      env.REDIS_URL = address.href;
      await cable.unplug();
      const away = await run('Redis is away, or was wiped', 0);
      expect(away.stdout).toMatch(/LOOK {2}Redis at \S+ does not answer/);
      await cable.plug();
    }
    // A mail is due and enqueued, and then the store forgets everything.
    const { deliveryIds } = await planDigests(world.context);
    const queues = await store.open();
    for (const deliveryId of deliveryIds) await queues.enqueue('send', { deliveryId });
    await queues.close();
    await store.wipe();
    expect((await run('Redis is away, or was wiped', 0)).stdout).toContain(
      'The queue answers; no job has failed.',
    );
    await startUntil({ ...env, PORT: '0' }, ['start'], async () => (await world.mails(reader)).length === 1);
  });
});
