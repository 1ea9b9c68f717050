import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { listDueDeliveries } from '../../../src/db/delivery/deliveries.ts';
import type { Context } from '../../../src/jobs/context.ts';
import { sweep } from '../../../src/jobs/sweep.ts';
import type { Queues } from '../../../src/queue/open.ts';
import { type MailWorld, openMailWorld } from '../../support/mail-world.ts';
import { serverVariables } from '../../support/program.ts';
import { createTestQueueStore } from '../../support/queue.ts';
import {
  expectSentOnce,
  passTime,
  sendsWithinMs,
  startSender,
  sweepUntilSent,
} from '../../support/senders.ts';

let mail: MailWorld;
let queues: Queues | null = null;
afterEach(async () => {
  await queues?.close();
  queues = null;
  await mail.close();
});

const people = Array.from({ length: 60 }, (_, at) => `reader${at}@example.net`);

async function open() {
  mail = await openMailWorld({ people });
  const store = await createTestQueueStore(mail.world.databaseUrl);
  const opened = await store.open();
  queues = opened;
  const env = {
    ...(await serverVariables(mail.world.databaseUrl)),
    MAIL_RATE_PER_DOMAIN: '0',
    ...(store.redisUrl ? { REDIS_URL: store.redisUrl } : {}),
  };
  const context: Context = mail.world.another({ enqueue: opened.enqueue });
  return { env, store, context };
}

it('R1, L8: kill -9 in mid-conversation loses nothing; every double was ambiguous and has the same Message-ID', async () => {
  const { env, context } = await open();
  for (let kills = 0; kills < 4; kills += 1) {
    await sweep(context);
    const before = mail.sink.mails.length;
    const sender = await startSender(mail, env, context.now());
    await expect.poll(() => mail.sink.mails.length, { interval: 1 }).toBeGreaterThan(before + 4);
    await sender.kill();
    await passTime(mail, context);
  }
  const last = await startSender(mail, env, context.now());
  await sweepUntilSent(mail, context);
  await last.stop();
  await expectSentOnce(mail, people);
});

it('R4, R5: two senders and a queue store wiped in mid-run: everything owed goes out, once', async () => {
  const { env, store, context } = await open();
  await sweep(context);
  const senders = await Promise.all([1, 2].map(() => startSender(mail, env, context.now())));
  await expect.poll(() => mail.sink.mails.length, { interval: 1 }).toBeGreaterThan(5);
  await store.wipe();
  const owed = () => listDueDeliveries(context.db, context.now(), 100);
  const deadline = performance.now() + sendsWithinMs;
  while ((await owed()).length > 0 && performance.now() < deadline) {
    await sweep(context);
    await sleep(200);
  }
  await Promise.all(senders.map((sender) => sender.stop()));
  expect((await mail.ledger()).map(({ phase }) => phase)).toEqual(people.map(() => 'sent'));
  expect(mail.sink.mails.map(({ to }) => to.join()).sort()).toEqual(people.toSorted());
});
