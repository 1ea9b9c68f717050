import { afterEach, describe, expect, it, vi } from 'vitest';
import { listAudit } from '../../../src/db/audit-log.ts';
import { openQueues, type Queues } from '../../../src/queue/open.ts';
import { queueNames } from '../../../src/queue/table.ts';
import { signInAsAdmin } from '../../support/admin-sign-in.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { openGate } from '../../support/gate.ts';
import { readWords } from '../../support/html-text.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { createTestQueueStore, type TestQueueStore } from '../../support/queue.ts';
import { openProxy } from '../../support/servers-proxy.ts';
import type { SignedIn } from '../../support/sign-in.ts';
import { useWorlds, type World } from '../../support/world.ts';

const openWorld = useWorlds();
let world: World;
let pages: Pages;
let store: TestQueueStore;
let queues: Queues;
afterEach(async () => {
  await pages.close();
  await queues.close();
});

const [me, other, viewer] = ['me@example.org', 'other@example.org', 'viewer@example.org'];
const waiting = { timeout: 120_000, interval: 20 };

async function open(through?: number): Promise<SignedIn> {
  world = await openWorld({ config: { adminEmails: [me, other], viewerEmails: [viewer] } });
  store = await createTestQueueStore(world.databaseUrl);
  queues = await store.open(through === undefined ? {} : { through });
  pages = await servePages(world, Promise.resolve(queues));
  return signInAsAdmin(world, pages, me);
}

/** Lets this many jobs of the queue "send" fail finally; afterwards no worker works it. */
async function failJobs(count: number): Promise<void> {
  const worker = queues.work('send', async ({ deliveryId }) => {
    throw new Error(`550 no <b>${deliveryId}</b> for ann@example.net`);
  });
  for (let n = 1; n <= count; n += 1) await queues.enqueue('send', { deliveryId: n });
  await vi.waitFor(async () => expect((await queues.counts()).send.failed).toBe(count), waiting);
  await worker.close();
}
const logged = async () => {
  const filter = { actor: null, act: null, subject: null, from: null, until: null };
  const rows = await listAudit(world.context.db, filter, { before: null, limit: 100 });
  return rows.filter(({ act }) => act.startsWith('retry-'));
};
const send = async () => (await queues.counts()).send;

describe('the queues', () => {
  it('P1: stand with what waits, runs and failed, and lead to their failed jobs, with reason, ids and tries and without addresses', async () => {
    const admin = await open();
    await failJobs(2);
    await queues.enqueue('plan', {});
    const list = await admin.get('/admin/queues');
    expect(await findHtmlFaults(list.text)).toEqual([]);
    const words = readWords(list.text);
    for (const name of queueNames) expect(list.text).toContain(`href="/admin/queues/${name}"`);
    expect(words).toMatch(/plan Finds out .+? 1 waiting, 0 active, 0 delayed, 0 failed\./);
    expect(words).toMatch(/send Sends .+? 0 waiting, 0 active, 0 delayed, 2 failed\./);
    expect((await admin.get('/admin')).text).toContain('href="/admin/queues/send"');
    const { text } = await admin.get('/admin/queues/send');
    expect(await findHtmlFaults(text)).toEqual([]);
    expect(readWords(text)).toMatch(
      /deliveryId 2 550 no <b>2<\/b> for \[address\] Tried 3 times\. Given up on/,
    );
    expect(text).not.toContain('ann@example.net');
    expect(text).not.toContain('<b>');
    const none = readWords((await admin.get('/admin/queues/plan')).text);
    expect(none).toContain('No job of this queue failed.');
    for (const path of ['/admin/queues/x', '/admin/queues/constructor'])
      expect([path, (await admin.get(path)).status]).toEqual([path, 404]);
  });

  it('P9: a long list of failed jobs comes in pages, each job once', async () => {
    const admin = await open();
    await failJobs(60);
    const seen: number[] = [];
    for (let path: string | undefined = '/admin/queues/send'; path !== undefined; ) {
      const { text } = await admin.get(path);
      seen.push(...[...text.matchAll(/deliveryId (\d+)/g)].map(([, n]) => Number(n)));
      path = /href="([^"]+)" rel="next"/.exec(text)?.[1];
    }
    expect(seen.toSorted((one, another) => one - another)).toEqual(
      Array.from({ length: 60 }, (_, n) => n + 1),
    );
  });

  it('P8: are only looked at by a viewer', async () => {
    await open();
    await failJobs(1);
    const guest = await signInAsAdmin(world, pages, viewer);
    const { text } = await guest.get('/admin/queues/send');
    expect(text).toContain('deliveryId 1');
    expect(text).not.toContain('/again');
    const id = (await queues.failures('send'))[0]?.id ?? '';
    expect((await guest.post(`/admin/queues/send/jobs/${id}/again`, {})).status).toBe(403);
    expect((await guest.post('/admin/queues/send/again', {})).status).toBe(403);
    expect((await send()).failed).toBe(1);
    expect(await logged()).toEqual([]);
  });
});

describe('trying a failed job again', () => {
  it('R5, P8: lets one wait again with all its tries; a second click and another admin are told that there is nothing', async () => {
    const admin = await open();
    await failJobs(2);
    const [job] = await queues.failures('send');
    const path = `/admin/queues/send/jobs/${job?.id}/again`;
    const second = await signInAsAdmin(world, pages, other);
    const answers = await Promise.all([admin.post(path, {}), second.post(path, {})]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    for (const { text } of answers) expect(await findHtmlFaults(text)).toEqual([]);
    const [done, late] = answers.toSorted((one, another) => one.status - another.status);
    expect(readWords(done?.text ?? '')).toContain('1 job waits again.');
    expect(readWords(late?.text ?? '')).toContain('not among the failed ones anymore');
    expect(await send()).toMatchObject({ waiting: 1, failed: 1 });
    expect(await logged()).toMatchObject([
      { act: 'retry-job', subject: 'queue send', details: { job: job?.id } },
    ]);
    const tries: number[] = [];
    queues.work('send', async ({ deliveryId }) => {
      tries.push(deliveryId);
      if (tries.length < 3) throw new Error('not yet');
    });
    const { deliveryId } = (job?.payload ?? {}) as { deliveryId?: number };
    await vi.waitFor(() => expect(tries).toEqual([deliveryId, deliveryId, deliveryId]), waiting);
    await vi.waitFor(
      async () => expect(await send()).toMatchObject({ waiting: 0, delayed: 0, failed: 1 }),
      waiting,
    );
    expect((await admin.post(path, {})).status).toBe(409);
    expect(await logged()).toHaveLength(1);
  });

  it('R5, P8: lets all of a queue wait again, once', async () => {
    const admin = await open();
    await failJobs(25);
    const answers = await Promise.all([1, 2].map(() => admin.post('/admin/queues/send/again', {})));
    expect(await send()).toMatchObject({ waiting: 25, failed: 0 });
    const told = answers.map(({ text }) => Number(/(\d+) jobs? waits? again/.exec(text)?.[1] ?? 0));
    expect(told[0]).toBeDefined();
    expect((told[0] ?? 0) + (told[1] ?? 0)).toBe(25);
    const rows = await logged();
    expect(rows).toHaveLength(answers.filter(({ status }) => status === 200).length);
    expect(rows[0]).toMatchObject({ act: 'retry-all-jobs', subject: 'queue send', actor: me });
    const none = await admin.post('/admin/queues/send/again', {});
    expect(await findHtmlFaults(none.text)).toEqual([]);
    expect([none.status, readWords(none.text)]).toEqual([
      409,
      expect.stringContaining('no job of this queue is failed now'),
    ]);
    expect(await logged()).toHaveLength(rows.length);
  });

  it('R4: a job that the store has forgotten, or that was never there, is said to be gone', async () => {
    const admin = await open();
    await failJobs(1);
    const id = (await queues.failures('send'))[0]?.id;
    await store.wipe();
    for (const job of [id, '999', 'a:b']) {
      const { status } = await admin.post(`/admin/queues/send/jobs/${job}/again`, {});
      expect([job, status]).toEqual([job, 409]);
    }
    for (const path of ['x/jobs/1', 'x', 'send/jobs/%3Cb%3E', `send/jobs/${'1'.repeat(200)}`])
      expect([path, (await admin.post(`/admin/queues/${path}/again`, {})).status]).toEqual([path, 404]);
    expect(await logged()).toEqual([]);
  });
});

describe('a store that is away', () => {
  it('R7: is said too when it takes a connection and never answers', async () => {
    await open();
    const gate = await openGate(Number(new URL(store.redisUrl ?? store.databaseUrl).port));
    const through = (url: string) => url.replace(/:\d+(?=\/)/, `:${gate.port}`);
    const silent = await openQueues({
      databaseUrl: through(store.databaseUrl),
      redisUrl: store.redisUrl && through(store.redisUrl),
      log: world.context.log,
    });
    await pages.close();
    pages = await servePages(world, Promise.resolve(silent));
    const admin = await signInAsAdmin(world, pages, me);
    expect(readWords((await admin.get('/admin/queues/send')).text)).toContain('The queue does not answer');
    expect((await admin.post('/admin/queues/send/jobs/1/again', {})).status).toBe(503);
    expect(gate.waiting()).toBeGreaterThan(0);
    expect(await logged()).toEqual([]);
    await gate.close();
    await silent.close();
  });

  it('P8: what was put back before the store went away is in the log, and said', async () => {
    const target = await createTestQueueStore((await openWorld()).databaseUrl);
    const proxy = await openProxy(Number(new URL(target.redisUrl ?? target.databaseUrl).port));
    await open(proxy.port);
    await failJobs(30);
    let asked = 0;
    let unplugged: Promise<void> | null = null;
    const cutOff: Queues = {
      ...queues,
      async retryFailed(name, id) {
        asked += 1;
        if (asked > 20) unplugged ??= proxy.unplug();
        await unplugged;
        return queues.retryFailed(name, id);
      },
    };
    await pages.close();
    pages = await servePages(world, Promise.resolve(cutOff));
    const admin = await signInAsAdmin(world, pages, me);
    const { status, text } = await admin.post('/admin/queues/send/again', {});
    await proxy.plug();
    await vi.waitFor(async () => expect((await send()).failed).toBeLessThanOrEqual(10), waiting);
    expect([status, readWords(text)]).toEqual([200, expect.stringContaining('20 jobs wait again')]);
    expect(await logged()).toMatchObject([{ act: 'retry-all-jobs', subject: 'queue send', actor: me }]);
    await proxy.close();
  });

  it('R7: is said on each page, and nothing is logged as done', async () => {
    const other = await openWorld();
    const target = await createTestQueueStore(other.databaseUrl);
    const proxy = await openProxy(Number(new URL(target.redisUrl ?? target.databaseUrl).port));
    const admin = await open(proxy.port);
    await failJobs(1);
    const id = (await queues.failures('send'))[0]?.id;
    await proxy.unplug();
    for (const path of ['/admin/queues', '/admin/queues/send', '/admin']) {
      const { status, text } = await admin.get(path);
      expect(await findHtmlFaults(text)).toEqual([]);
      expect([path, status, readWords(text)]).toEqual([
        path,
        200,
        expect.stringContaining('The queue does not answer'),
      ]);
    }
    for (const path of [`/admin/queues/send/jobs/${id}/again`, '/admin/queues/send/again']) {
      const { status, text } = await admin.post(path, {});
      expect(await findHtmlFaults(text)).toEqual([]);
      expect([path, status]).toEqual([path, 503]);
      expect(readWords(text)).toContain('Nothing is lost, but work waits until it is back.');
    }
    expect(await logged()).toEqual([]);
    await proxy.plug();
    await vi.waitFor(async () => expect((await send()).failed).toBe(1), waiting);
    await queues.close();
    await proxy.close();
  });
});
