import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { pino } from 'pino';
import { type App, openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { serveRecordedRegistry } from '../../src/demo/recorded-registry.ts';
import { planDigests } from '../../src/jobs/digests/plan.ts';
import { enqueueSends } from '../../src/use-cases/enqueue-planned.ts';
import { addHosts, type HostStage, openHostStage } from '../hosts/stage.ts';
import { withClient } from '../support/servers.ts';
import { startClock } from '../torture/clock.ts';
import { promiseDigests, promisingDays, setDueTimes } from '../torture/people.ts';
import { startSink } from '../torture/servers.ts';
import { startTroupe } from '../torture/troupe.ts';

/** Mails a second from so many hosts, through PostgreSQL and Redis on another; the mail server takes up to `slowestMs` over a message. */
export type HostsResult = { hosts: number; mails: number; slowestMs: number; rate: number };

const now = '2026-11-04T12:00:00.000Z';

/** Sends `count` mails from one, two and three hosts. Commits are synchronous. */
export async function benchHosts(count: number, slowestMs: number): Promise<HostsResult[]> {
  const stage = await openHostStage({ isSafe: true });
  try {
    const { roles } = await addHosts(stage.network);
    const senders = roles.filter(({ kind }) => kind === 'sender').map((role) => ({ ...role, skewMs: 0 }));
    const results: HostsResult[] = [];
    for (const hosts of [1, 2, 3]) {
      const rate = await sendFrom(stage, senders.slice(0, hosts), { count, slowestMs });
      results.push({ hosts, mails: count, slowestMs, rate });
    }
    return results;
  } finally {
    await stage.close();
  }
}

async function sendFrom(
  stage: HostStage,
  roles: Parameters<typeof startTroupe>[0]['roles'],
  { count, slowestMs }: { count: number; slowestMs: number },
): Promise<number> {
  const { network, redis } = stage;
  const name = `bell${roles.length}_${slowestMs}`;
  await withClient(stage.databaseUrl, (client) => client.query(`create database ${name}`));
  const url = new URL(stage.databaseUrl);
  url.pathname = `/${name}`;
  const recorded = await serveRecordedRegistry({ days: promisingDays() });
  const sink = await startSink(slowestMs, { address: network.address, certificate: stage.certificate });
  const env = {
    ...stage.env,
    DATABASE_URL: url.href,
    REDIS_URL: `${redis.url}/${roles.length}`,
    SECRET_KEY: 'a key of the bench alone, which is long enough',
    SMTP_URL: sink.url,
    BASE_URL: 'https://bell.example.org',
    REGISTRIES: 'ctgov',
    CTGOV_URL: recorded.url,
    CTGOV_PACE_MS: '0',
    MAIL_RATE_PER_DOMAIN: '0',
    LOG_LEVEL: 'silent',
  };
  let time = now;
  const app = await openApp(readConfig(env), { log: pino({ level: 'silent' }), now: () => time });
  const clock = { ...startClock(now), speed: 1 };
  const troupe = startTroupe({ env, clock, lockMs: 30_000, roles });
  try {
    await promiseDigests(app.context, count, recorded, (instant) => {
      time = instant;
    });
    time = now;
    await setDueTimes(
      app.context,
      Array.from({ length: count }, () => now),
    );
    const { deliveryIds } = await planDigests(app.context);
    await app.queues();
    await troupe.ready();
    await enqueueSends(app.context, deliveryIds);
    await untilAllSent(app, count);
    const answered = (await sink.report()).passages.flatMap(({ answeredAt }) => answeredAt ?? []);
    const [first, last] = [Math.min(...answered), Math.max(...answered)];
    return (answered.length - 1) / ((last - first) / 1_000);
  } finally {
    await troupe.close();
    await app.close();
    await sink.close();
    await recorded.close();
  }
}

async function untilAllSent({ context: { db } }: App, count: number): Promise<void> {
  const deadline = Date.now() + 240_000;
  for (;;) {
    const { rows } = await sql<{ sent: number }>`
      select count(*)::int as sent from deliveries where kind = 'digest' and phase = 'sent'`.execute(db);
    if ((rows[0]?.sent ?? 0) >= count) return;
    if (Date.now() > deadline) throw new Error(`${rows[0]?.sent} of ${count} mails were sent in time`);
    await sleep(200);
  }
}
