import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterEach, expect, it } from 'vitest';
import { expireClaims, listDueDeliveries } from '../../../src/db/delivery/deliveries.ts';
import type { Context } from '../../../src/jobs/context.ts';
import { sweep } from '../../../src/jobs/sweep.ts';
import type { Queues } from '../../../src/queue/open.ts';
import { compileCache } from '../../support/compile-cache.ts';
import { type MailWorld, openMailWorld } from '../../support/mail-world.ts';
import { serverVariables } from '../../support/program.ts';
import { createTestQueueStore } from '../../support/queue.ts';

let mail: MailWorld;
let queues: Queues | null = null;
const running = new Set<() => Promise<void>>();
afterEach(async () => {
  for (const stop of running) await stop();
  running.clear();
  await queues?.close();
  queues = null;
  await mail.close();
});

const people = Array.from({ length: 60 }, (_, at) => `reader${at}@example.net`);

/** Starts a sender process; `kill` is kill -9. */
async function startSender(env: Record<string, string>, now: string) {
  const file = join(import.meta.dirname, '../../support/kill-child.ts');
  const child = spawn(process.execPath, [file, now], {
    env: {
      ...env,
      SMTP_URL: mail.sink.url,
      BASE_URL: 'https://bell.example.org',
      NODE_COMPILE_CACHE: compileCache,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
  };
  running.add(() => end('SIGKILL'));
  await once(child.stdout, 'data');
  return { kill: () => end('SIGKILL'), stop: () => end('SIGTERM'), child };
}

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

/** All leases of killed processes run out, and half an hour passes. */
async function passTime(context: Context) {
  await sql`update deliveries set lease_until = clock_timestamp() where lease_until is not null`.execute(
    context.db,
  );
  await expireClaims(context.db);
  mail.wait(31);
  await sweep(context);
}

it('R1, L8: kill -9 in mid-conversation loses nothing; every double was ambiguous and has the same Message-ID', async () => {
  const { env, context } = await open();
  for (let kills = 0; kills < 4; kills += 1) {
    await sweep(context);
    const before = mail.sink.mails.length;
    const sender = await startSender(env, context.now());
    await expect
      .poll(() => mail.sink.mails.length, { timeout: 20_000, interval: 1 })
      .toBeGreaterThan(before + 4);
    await sender.kill();
    await passTime(context);
  }
  const last = await startSender(env, context.now());
  const owed = async () => (await mail.ledger()).filter(({ phase }) => phase !== 'sent').length;
  const deadline = performance.now() + 40_000;
  while ((await owed()) > 0 && performance.now() < deadline) {
    await sweep(context);
    await sleep(200);
  }
  await last.stop();
  const ledger = await mail.ledger();
  expect(ledger.map(({ phase }) => phase)).toEqual(people.map(() => 'sent'));
  const copies = Map.groupBy(mail.sink.mails, ({ to }) => to.join());
  expect([...copies.keys()].sort()).toEqual(people.toSorted());
  const byMessageId = new Map(ledger.map((row) => [row.message_id, row]));
  for (const [, mails] of copies) {
    const ids = new Set(mails.map(({ messageId }) => messageId));
    expect(ids.size).toBe(1);
    if (mails.length > 1) expect(byMessageId.get([...ids][0] ?? '')?.was_ambiguous).toBe(true);
  }
});

it('R4, R5: two senders and a queue store wiped in mid-run: everything owed goes out, once', async () => {
  const { env, store, context } = await open();
  await sweep(context);
  const senders = await Promise.all([startSender(env, context.now()), startSender(env, context.now())]);
  await expect.poll(() => mail.sink.mails.length, { timeout: 20_000, interval: 1 }).toBeGreaterThan(5);
  await store.wipe();
  const owed = () => listDueDeliveries(context.db, context.now(), 100);
  const deadline = performance.now() + 40_000;
  while ((await owed()).length > 0 && performance.now() < deadline) {
    await sweep(context);
    await sleep(200);
  }
  await Promise.all(senders.map((sender) => sender.stop()));
  expect((await mail.ledger()).map(({ phase }) => phase)).toEqual(people.map(() => 'sent'));
  expect(mail.sink.mails.map(({ to }) => to.join()).sort()).toEqual(people.toSorted());
});
