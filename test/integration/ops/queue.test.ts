import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Queues } from '../../../src/queue/open.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { createTestQueueStore, type TestQueueStore } from '../../support/queue.ts';
import { openProxy } from '../../support/servers-proxy.ts';

let database: TestDatabase;
let store: TestQueueStore;
let queues: Queues;

const waiting = { timeout: 120_000, interval: 20 };

beforeAll(async () => {
  database = await createTestDatabase({ empty: true });
  store = await createTestQueueStore(database.url);
});
afterEach(async () => {
  await queues.close();
  await store.wipe();
});
afterAll(() => database.drop());

/** A handler that can be held and released, and that records its payloads. */
function heldHandler() {
  const gate = Promise.withResolvers<void>();
  const started: unknown[] = [];
  let ended = 0;
  return {
    started,
    ended: () => ended,
    open: gate.resolve,
    async handle(payload: unknown) {
      started.push(payload);
      await gate.promise;
      ended += 1;
    },
  };
}

describe('a job', () => {
  it('reaches a worker with its payload', async () => {
    queues = await store.open();
    const got: unknown[] = [];
    queues.work('poll', async (payload) => void got.push(payload));
    expect(await queues.enqueue('poll', { registry: 'ctgov' })).toBe(true);
    await vi.waitFor(() => expect(got).toEqual([{ registry: 'ctgov' }]), waiting);
  });

  it('that a worker fetches while it closes is not begun, and waits for another worker', async () => {
    const begunLate: number[] = [];
    for (let delay = 0; delay < 5; delay += 1) {
      queues = await store.open();
      const worker = queues.work('send', async (_payload, signal) => {
        if (signal.aborted) begunLate.push(delay);
      });
      await sleep(40);
      await queues.enqueue('send', { deliveryId: delay + 1 });
      await sleep(delay);
      await worker.close();
      await queues.close();
    }
    queues = await store.open();
    expect(begunLate).toEqual([]);
    expect((await queues.counts()).send).toMatchObject({ active: 0, failed: 0 });
  });

  it('is one job while an equal one waits, and another when the payload differs', async () => {
    queues = await store.open();
    for (let times = 0; times < 5; times += 1) {
      await queues.enqueue('send', { deliveryId: 1 });
      await queues.enqueue('send', { deliveryId: 2 });
    }
    expect((await queues.counts()).send.waiting).toBe(2);
  });

  it('that comes while its equal runs is followed by exactly one more run', async () => {
    queues = await store.open();
    const held = heldHandler();
    queues.work('plan', held.handle);
    await queues.enqueue('plan', {});
    await vi.waitFor(() => expect(held.started).toHaveLength(1), waiting);
    await queues.enqueue('plan', {});
    await queues.enqueue('plan', {});
    held.open();
    await vi.waitFor(() => expect(held.ended()).toBe(2), waiting);
    await vi.waitFor(async () => {
      expect((await queues.counts()).plan).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 0 });
    }, waiting);
    expect(held.started).toHaveLength(2);
  });

  it('is heard again after its equal has finished and is still kept', async () => {
    queues = await store.open();
    let runs = 0;
    queues.work('send', async () => {
      runs += 1;
    });
    for (const expected of [1, 2, 3]) {
      await queues.enqueue('send', { deliveryId: 7 });
      await vi.waitFor(() => expect(runs).toBe(expected), waiting);
      await vi.waitFor(async () => expect((await queues.counts()).send.active).toBe(0), waiting);
    }
  });

  it('with a payload the table does not know is refused', async () => {
    queues = await store.open();
    await expect(queues.enqueue('send', { deliveryId: -1 })).rejects.toThrow();
    await expect(queues.enqueue('send', { deliveryId: 1, to: 'a@b.example' } as never)).rejects.toThrow(/to/);
    expect((await queues.counts()).send.waiting).toBe(0);
  });
});

describe('many jobs', () => {
  it('are added together: once each, also beside those that wait or run already, in few round trips', async () => {
    queues = await store.open();
    const held = heldHandler();
    queues.work('send', held.handle, { concurrency: 1 });
    const send = (from: number, to: number) =>
      queues.enqueue(
        'send',
        Array.from({ length: to - from + 1 }, (_, n) => ({ deliveryId: from + n })),
      );
    expect(await send(1, 1)).toBe(true);
    await vi.waitFor(() => expect(held.started).toHaveLength(1), waiting);
    expect(await send(2, 40)).toBe(true);
    const proxy = await openProxy(Number(new URL(store.redisUrl ?? store.databaseUrl).port));
    const counted = await store.open({ through: proxy.port });
    await counted.enqueue('send', { deliveryId: 1 });
    const before = proxy.turns();
    await counted.enqueue(
      'send',
      Array.from({ length: 1_000 }, (_, n) => ({ deliveryId: 1 + (n % 600) })),
    );
    expect(proxy.turns() - before).toBeLessThan(50);
    await counted.close();
    await proxy.close();
    held.open();
    await vi.waitFor(() => expect(held.started).toHaveLength(601), waiting);
    expect(held.started.slice(0, 3)).toEqual([{ deliveryId: 1 }, { deliveryId: 2 }, { deliveryId: 3 }]);
    expect(new Set(held.started.map((one) => JSON.stringify(one))).size).toBe(600);
    expect(await queues.enqueue('send', [])).toBe(true);
    await expect(queues.enqueue('send', [{ deliveryId: 7 }, { deliveryId: -7 }])).rejects.toThrow();
  });

  // Once each is the ledger's promise, not the doorbell's: a store that fails to write a job's end gives it out again.
  it('are all done by two workers, also where the store has to give one out again', async () => {
    queues = await store.open();
    const other = await store.open();
    const done: number[] = [];
    const handle = async ({ deliveryId }: { deliveryId: number }) => void done.push(deliveryId);
    queues.work('send', handle, { lockMs: 3_000 });
    other.work('send', handle, { lockMs: 3_000 });
    const ids = Array.from({ length: 500 }, (_, index) => index + 1);
    await Promise.all(ids.map((deliveryId) => queues.enqueue('send', { deliveryId })));
    await vi.waitFor(() => expect(new Set(done).size).toBe(500), waiting);
    await other.close();
  });
});

describe('a failing job', () => {
  it('ends in the failed state with its reason and without an address, and the queue continues (R6)', async () => {
    queues = await store.open();
    const done: number[] = [];
    queues.work('send', async ({ deliveryId }) => {
      if (deliveryId === 1) throw new Error('550 <ann@example.org> unknown here');
      done.push(deliveryId);
    });
    for (const deliveryId of [1, 2, 3, 4]) await queues.enqueue('send', { deliveryId });
    await vi.waitFor(() => expect(done.sort()).toEqual([2, 3, 4]), waiting);
    await vi.waitFor(async () => expect(await queues.failures('send')).toHaveLength(1), waiting);
    expect(await queues.failures('send')).toEqual([
      {
        id: expect.any(String),
        payload: { deliveryId: 1 },
        reason: '550 <[address]> unknown here',
        attempts: 3,
        failedAt: expect.stringMatching(/Z$/),
      },
    ]);
  });

  it('with a payload that does not parse fails at once, says why, and is not tried again', async () => {
    queues = await store.open();
    const { Queue, createPostgresBackend } = await import('bullmq');
    const foreign =
      store.redisUrl === null
        ? new Queue('send', { connection: { connectionString: store.databaseUrl } }, createPostgresBackend)
        : new Queue('send', { prefix: 'bullmq', connection: { url: store.redisUrl } });
    await foreign.add('send', { deliveryId: 'seven' }, { attempts: 5 });
    await foreign.close();
    let handled = 0;
    queues.work('send', async () => {
      handled += 1;
    });
    await vi.waitFor(async () => expect(await queues.failures('send')).toHaveLength(1), waiting);
    const [failure] = await queues.failures('send');
    expect(failure).toMatchObject({ attempts: 1, reason: expect.stringContaining('deliveryId') });
    expect(handled).toBe(0);
  });
});

describe('closing', () => {
  it('waits for running handlers (R7)', async () => {
    queues = await store.open();
    const held = heldHandler();
    queues.work('send', held.handle);
    await queues.enqueue('send', { deliveryId: 1 });
    await vi.waitFor(() => expect(held.started).toHaveLength(1), waiting);
    let closed = false;
    const closing = queues.close().then(() => {
      closed = true;
    });
    await sleep(200);
    expect(closed).toBe(false);
    held.open();
    await closing;
    expect(held.ended()).toBe(1);
    queues = await store.open();
    expect((await queues.counts()).send).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 0 });
  });

  it('tells a long handler, whose job waits again without having lost an attempt', async () => {
    queues = await store.open();
    const started = Promise.withResolvers<void>();
    queues.work('poll', async (_payload, signal) => {
      started.resolve();
      await sleep(60_000, undefined, { signal });
    });
    await queues.enqueue('poll', { registry: 'ctgov' });
    await started.promise;
    await queues.close();
    queues = await store.open();
    expect((await queues.counts()).poll).toEqual({ waiting: 1, active: 0, delayed: 0, failed: 0 });
    const again = Promise.withResolvers<void>();
    queues.work('poll', async () => again.resolve());
    await again.promise;
  });
});

describe('a lock', () => {
  it('is kept while a handler runs, however long', async () => {
    queues = await store.open();
    const other = await store.open();
    let runs = 0;
    const handle = async () => {
      runs += 1;
      await sleep(3_000);
    };
    queues.work('plan', handle, { lockMs: 500 });
    other.work('plan', handle, { lockMs: 500 });
    await queues.enqueue('plan', {});
    await vi.waitFor(async () => {
      expect(runs).toBe(1);
      expect((await queues.counts()).plan).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 0 });
    }, waiting);
    await other.close();
    expect(runs).toBe(1);
  });

  it('of a worker that vanished goes to another; a job that takes every worker with it fails, and says so', async () => {
    queues = await store.open();
    await queues.enqueue('send', { deliveryId: 9 });
    const target = Number(new URL(store.redisUrl ?? store.databaseUrl).port);
    const lost: { queues: Queues; open: () => void }[] = [];
    for (const times of [1, 2]) {
      const proxy = await openProxy(target);
      const vanishing = await store.open({ through: proxy.port });
      const held = heldHandler();
      vanishing.work('send', held.handle, { lockMs: 500 });
      await vi.waitFor(() => expect(held.started).toHaveLength(1), waiting);
      await proxy.close();
      lost.push({ queues: vanishing, open: held.open });
      expect(lost).toHaveLength(times);
    }
    const done: number[] = [];
    queues.work('send', async ({ deliveryId }) => void done.push(deliveryId), { lockMs: 500 });
    await queues.enqueue('send', { deliveryId: 10 });
    await vi.waitFor(async () => expect(await queues.failures('send')).toHaveLength(1), waiting);
    expect((await queues.failures('send'))[0]).toMatchObject({
      payload: { deliveryId: 9 },
      reason: expect.stringContaining('stalled'),
    });
    expect(done).toEqual([10]);
    for (const { queues: vanished, open } of lost) {
      open();
      await vanished.close();
    }
  });
});

describe('R4: a store that is wiped in mid-run', () => {
  it('does not crash the process; jobs enqueued afterwards are done', async () => {
    queues = await store.open();
    const held = heldHandler();
    const done: number[] = [];
    queues.work('plan', held.handle);
    queues.work('send', async ({ deliveryId }) => void done.push(deliveryId));
    await queues.enqueue('plan', {});
    await vi.waitFor(() => expect(held.started).toHaveLength(1), waiting);
    await store.wipe();
    held.open();
    await vi.waitFor(() => expect(held.ended()).toBe(1), waiting);
    await queues.enqueue('plan', {});
    await queues.enqueue('send', { deliveryId: 5 });
    await vi.waitFor(() => expect(done).toEqual([5]), waiting);
    await vi.waitFor(() => expect(held.ended()).toBe(2), waiting);
  });
});

describe('R7: an unavailable store', () => {
  it('refuses jobs at once, appears in the log, and is used again when it returns', async () => {
    const target = Number(new URL(store.redisUrl ?? store.databaseUrl).port);
    const proxy = await openProxy(target);
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line) => lines.push(line) });
    queues = await store.open({ log, through: proxy.port });
    const done: number[] = [];
    queues.work('send', async ({ deliveryId }) => void done.push(deliveryId));
    await queues.enqueue('send', { deliveryId: 1 });
    await vi.waitFor(() => expect(done).toEqual([1]), waiting);

    await proxy.unplug();
    expect(await queues.enqueue('send', { deliveryId: 2 })).toBe(false);
    await expect(queues.counts()).rejects.toThrow(/store does not answer/);
    expect(lines.join('')).toContain('not enqueued');

    await proxy.plug();
    await vi.waitFor(async () => {
      await queues.enqueue('send', { deliveryId: 3 });
      expect(done).toContain(3);
    }, waiting);
    await queues.close();
    await proxy.close();
  });

  it('when the worker starts is worked as soon as it is there', async () => {
    const target = Number(new URL(store.redisUrl ?? store.databaseUrl).port);
    const proxy = await openProxy(target);
    queues = await store.open({ through: proxy.port });
    await proxy.unplug();
    const done: number[] = [];
    queues.work('send', async ({ deliveryId }) => void done.push(deliveryId));
    await sleep(300);
    await proxy.plug();
    await vi.waitFor(async () => {
      await queues.enqueue('send', { deliveryId: 1 });
      expect(done).toContain(1);
    }, waiting);
    await queues.close();
    await proxy.close();
  });

  it('does not keep a program from closing', async () => {
    const target = Number(new URL(store.redisUrl ?? store.databaseUrl).port);
    const proxy = await openProxy(target);
    queues = await store.open({ through: proxy.port });
    queues.work('send', async () => {});
    await queues.enqueue('send', { deliveryId: 1 });
    await proxy.close();
    await queues.close();
  });

  it('does not keep a program from closing in the middle of a job', async () => {
    const target = Number(new URL(store.redisUrl ?? store.databaseUrl).port);
    const proxy = await openProxy(target);
    queues = await store.open({ through: proxy.port });
    const started = Promise.withResolvers<void>();
    queues.work('send', async (_payload, signal) => {
      started.resolve();
      await once(signal, 'abort');
      throw signal.reason;
    });
    await queues.enqueue('send', { deliveryId: 1 });
    await started.promise;
    await proxy.close();
    await queues.close();
  });
});
