import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { App } from '../../src/app.ts';
import { releaseChanges } from '../../src/db/ingest/changes.ts';
import { withBenchApp } from './app.ts';
import { startMailSink } from './mail-sink.ts';
import { fillReaders } from './readers.ts';

/** From a release to the mail server's answer, in seconds, for readers who want mail at once. */
export type ImmediateResult = { sink: string; readers: number; p50: number; p99: number; last: number };

const patienceMs = 600_000;

/** Releases a day of changes that reach `count` readers, and waits until a process of workers has mailed them all. */
export async function benchImmediate(count: number): Promise<ImmediateResult> {
  const sink = await startMailSink();
  const variables = {
    SMTP_URL: `smtp://127.0.0.1:${sink.port}`,
    SECRET_KEY: 'a key of the bench alone, which is long enough',
    MAIL_RATE_PER_DOMAIN: '100000',
  };
  const now = () => new Date().toISOString();
  try {
    return await withBenchApp(variables, now, async (app) => {
      await fillReaders(app, count, now());
      await makeImmediate(app);
      const queues = await app.queues();
      const worker = fork(join(import.meta.dirname, 'worker.ts'), {
        env: {
          ...process.env,
          ...variables,
          DATABASE_URL: app.databaseUrl,
          DATA_DIR: app.context.config.dataDir,
        },
      });
      await once(worker, 'message');
      const releasedAt = now();
      await app.context.db.transaction().execute((tx) => releaseChanges(tx, 'ctgov', releasedAt));
      await queues.enqueue('plan', {});
      await untilAllSent(app, count);
      worker.disconnect();
      await once(worker, 'exit');
      const { rows } = await sql<{ p50: number; p99: number; last: number }>`
        select percentile_cont(0.5) within group (order by s) as p50, percentile_cont(0.99) within group (order by s) as p99,
          max(s) as last
        from (select extract(epoch from finished_at - ${releasedAt}::timestamptz)::float as s from deliveries) d`.execute(
        app.context.db,
      );
      const [times] = rows;
      if (!times) throw new Error('no mail was sent');
      return { sink: sink.name, readers: count, ...times };
    });
  } finally {
    await sink.close();
  }
}

/** Nobody is due, nothing is released yet; and it is noon where everybody lives, so that no night holds mails back. */
async function makeImmediate({ context: { db } }: App): Promise<void> {
  const offset = 12 - new Date().getUTCHours();
  const zone = offset === 0 ? 'UTC' : `Etc/GMT${offset > 0 ? '-' : '+'}${Math.abs(offset)}`;
  await sql`update subscribers set timezone = ${zone}, next_due_at = null`.execute(db);
  await sql`update subscriptions set frequency = 'immediate', next_due_at = null`.execute(db);
  await sql`truncate topic_changes`.execute(db);
  await sql`update changes set state = 'pending', position = null, released_at = null`.execute(db);
  await sql`update counters set value = 0 where name = 'position'`.execute(db);
  await sql`vacuum analyze`.execute(db);
}

async function untilAllSent({ context: { db } }: App, readers: number): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (let quiet = 0; quiet < 5; ) {
    const { rows } = await sql<{ open: number; sent: number }>`
      select count(*) filter (where phase <> 'sent') as open, count(*) filter (where phase = 'sent') as sent
      from deliveries`.execute(db);
    const { open = 0, sent = 0 } = rows[0] ?? {};
    quiet = open === 0 && sent > 0 ? quiet + 1 : 0;
    if (Date.now() > deadline) throw new Error(`${sent} of ${readers} readers had their mail in time`);
    await sleep(500);
  }
}
