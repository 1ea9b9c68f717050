import { createServer } from 'node:net';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openQueueWatch } from '../../../src/jobs/ops/queue-alarm.ts';
import { watchedEveryMs } from '../../../src/jobs/ticks.ts';
import { openQueues } from '../../../src/queue/open.ts';
import { createReadiness } from '../../../src/web/health/ready.ts';
import { withRedis } from '../../support/redis.ts';
import { findFreePort, redisProgram, type Started, startRedis } from '../../support/servers.ts';
import { useWorlds } from '../../support/world.ts';

const openWorld = useWorlds();
const closers: (() => unknown)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closers.splice(0).reverse()) await close();
});

async function openQueuesOn(redisUrl: string, databaseUrl = 'postgres://nowhere') {
  const queues = await openQueues({ databaseUrl, redisUrl, log: pino({ level: 'silent' }) });
  closers.push(queues.close);
  return queues;
}

describe.runIf(redisProgram)('O4: a Redis that cannot be the queue’s store', () => {
  let server: Started;
  beforeAll(async () => {
    server = await startRedis();
    await withRedis(server.url, async (redis) => {
      await redis.call('acl', 'setuser', 'keyless', 'on', '>pw', '~other:*', '&*', '+@all');
      await redis.call('acl', 'setuser', 'mute', 'on', '>pw', '~*', '&*', '+@all', '-@scripting');
      await redis.call('acl', 'setuser', 'fine', 'on', '>pw', '~bullmq:*', '&*', '+@all');
    });
  });
  afterAll(() => server.stop());
  const as = (user: string) => server.url.replace('redis://', `redis://${user}@`);

  it.each([
    ['a number it does not have', () => `${server.url}/5000`, /has no database 5000: .* below its setting/],
    [
      'a wrong password',
      () => as('fine:no'),
      /does not let us in \(WRONGPASS.*: write its user and password/,
    ],
    ['a user without its keys', () => as('keyless:pw'), /NOPERM.* ACL SETUSER name ~bullmq:\* &\* \+@all$/],
    ['a user without scripts', () => as('mute:pw'), /NOPERM.*'eval'.* ACL SETUSER name/],
  ])('O4: %s is named, with the way out', async (_, url, words) => {
    const queues = await openQueuesOn(url());
    await expect(queues.migrate()).rejects.toThrow(words);
    expect(await queues.fault()).toMatch(words);
  });

  it('O4: nothing is named where a queue can work, and one that is away only keeps it waiting', async () => {
    const queues = await openQueuesOn(as('fine:pw'));
    await queues.migrate();
    expect(await queues.fault()).toBeNull();
    const away = await openQueuesOn(`redis://127.0.0.1:${await findFreePort()}`);
    await away.migrate();
    expect(await away.fault()).toMatch(/does not answer: .*ECONNREFUSED.* Check that it runs/);
  });

  it('O4: one that becomes a replica, or throws jobs away, shows in /readyz and is mailed to admins without the queue', async () => {
    const terminal = ['log', 'warn', 'error'] as const;
    const spoken = terminal.map((name) => vi.spyOn(console, name).mockImplementation(() => {}));
    const world = await openWorld({ config: { adminEmails: ['admin@example.org'] } });
    const { db, config } = world.context;
    const queues = await openQueuesOn(server.url, world.databaseUrl);
    const context = world.another({ enqueue: queues.enqueue, queueFault: queues.fault });
    const watch = openQueueWatch(context);
    const readiness = () =>
      createReadiness({ db, queues: Promise.resolve(queues), smtpUrl: null, dataDir: config.dataDir })();
    await watch();
    expect(await readiness()).toEqual([]);
    const set = (...args: [string, ...string[]]) => withRedis(server.url, (redis) => redis.call(...args));
    await set('config', 'set', 'maxmemory-policy', 'allkeys-lru');
    expect(await readiness()).toEqual([
      expect.stringMatching(/throw jobs away \(maxmemory-policy allkeys-lru\): set/),
    ]);
    await set('config', 'set', 'maxmemory-policy', 'noeviction');
    await set('replicaof', '127.0.0.1', String(await findFreePort()));
    const said = /is a replica of another: REDIS_URL has to lead to the primary\./;
    expect(await readiness()).toEqual([expect.stringMatching(said)]);
    expect(await queues.enqueue('sweep', {})).toBe(false);
    // An admin hears of it at the second look, within a minute.
    expect(2 * watchedEveryMs).toBeLessThan(60_000);
    await watch();
    expect(await world.mails()).toEqual([]);
    await watch();
    expect(await world.mails('admin@example.org')).toMatchObject([
      {
        subject: 'Trialbell needs a person: the queue does not work',
        text: expect.stringMatching(/is a replica of\s+another/),
      },
    ]);
    await watch();
    expect(await world.mails()).toHaveLength(1);
    await set('replicaof', 'no', 'one');
    expect(await readiness()).toEqual([]);
    expect(spoken.flatMap(({ mock }) => mock.calls)).toEqual([]);
  });
});

it('O4: a store that answers before it is asked, as Valkey in protected mode, ends no process', async () => {
  const spoken = vi.spyOn(console, 'error').mockImplementation(() => {});
  let visits = 0;
  const server = createServer((socket) => {
    visits += 1;
    socket.on('error', () => {}).write('-DENIED protected mode\r\n'.repeat(20));
    setTimeout(() => socket.destroy(), 50);
  }).listen(0, '127.0.0.1');
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  await vi.waitFor(() => expect(server.listening).toBe(true));
  const queues = await openQueuesOn(`redis://127.0.0.1:${(server.address() as { port: number }).port}`);
  queues.work('sweep', async () => {});
  await vi.waitFor(() => expect(visits).toBeGreaterThan(2), { timeout: 120_000 });
  expect(await queues.fault()).toMatch(/DENIED|does not answer/);
  expect(spoken.mock.calls).toEqual([]);
});
