import { sql } from 'kysely';
import { pino } from 'pino';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { type App, openApp } from '../../../src/app.ts';
import { countReport } from '../../../src/db/delivery/bounces.ts';
import { planDigests } from '../../../src/jobs/digests/plan.ts';
import type { Queues } from '../../../src/queue/open.ts';
import type { Handler } from '../../../src/queue/work.ts';
import { openDurations } from '../../../src/web/health/metrics.ts';
import { testKey } from '../../support/program.ts';
import { claimRedisDatabase } from '../../support/redis.ts';
import { findFreePort } from '../../support/servers.ts';
import { openProxy } from '../../support/servers-proxy.ts';
import { startSmtpSink } from '../../support/smtp-sink.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const openWorld = useWorlds();
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The whole program on a world's database, its clock and its registry. */
async function openPages(
  world: World,
  changes: { smtpUrl?: string; redisUrl?: string; databaseUrl?: string } = {},
): Promise<App> {
  const { redisUrl } = inject('servers');
  const config = {
    ...world.context.config,
    databaseUrl: world.databaseUrl,
    secretKey: testKey,
    redisUrl: redisUrl ? await claimRedisDatabase(redisUrl) : null,
    port: 0,
    ...changes,
  };
  const app = await openApp(config, { log: pino({ level: 'silent' }), now: world.context.now });
  closers.push(app.close);
  return app;
}

/** What /metrics says: names with their labels, and their values. */
async function readMetrics(url: string): Promise<{ text: string; values: Map<string, number> }> {
  const response = await fetch(`${url}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
  const text = await response.text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  for (const line of lines) expect(line).toMatch(/^[a-z_]+(\{[^}]*\})? [-+\d.eE]+$/);
  return {
    text,
    values: new Map(lines.map((line) => [line.replace(/ \S+$/, ''), Number(line.replace(/^.* /, ''))])),
  };
}

const days = [{ timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001')] }];

describe('/metrics', () => {
  it('says what stands where, of all processes, and nothing of a person or a condition (P1)', async () => {
    const world = await openWorld({ days });
    await world.subscribe('ann@example.net', { trials: ['NCT09900001'], timezone: 'UTC' });
    await world.subscribe('bob@example.net', { conditions: ['asthma'], timezone: 'UTC' });
    world.refresh('2026-11-03T09:00:04', [
      study('NCT09900001', { status: 'SUSPENDED', whyStopped: 'Drug supply', updatedOn: '2026-11-03' }),
    ]);
    world.setNow('2026-11-03T12:00:00Z');
    await world.poll();
    world.setNow('2026-11-04T09:00:00Z');
    await planDigests(world.context);
    world.setNow('2026-11-09T09:01:00Z');
    // A registry without a version of its own is known to the day.
    await sql`insert into registries (id, data_timestamp) values ('isrctn', '2026-11-03')
      on conflict (id) do update set data_timestamp = excluded.data_timestamp`.execute(world.context.db);
    const app = await openPages(world);
    const { text, values } = await readMetrics(await app.serve());
    expect(Object.fromEntries(values)).toMatchObject({
      trialbell_database_up: 1,
      trialbell_queue_up: 1,
      'trialbell_registry_read_age_seconds{registry="ctgov"}': 5 * 86_400 + 21 * 3_600 + 60,
      'trialbell_registry_data_age_seconds{registry="ctgov"}': 6 * 86_400 + 56,
      'trialbell_registry_data_age_seconds{registry="isrctn"}': 6 * 86_400 + 9 * 3_600 + 60,
      // Without the Saturday and the Sunday in between.
      'trialbell_registry_data_weekday_age_seconds{registry="isrctn"}': 4 * 86_400 + 9 * 3_600 + 60,
      'trialbell_registry_data_weekday_age_seconds{registry="ctgov"}': 4 * 86_400 + 56,
      'trialbell_registry_checked_weekday_age_seconds{registry="ctgov"}': 3 * 86_400 + 21 * 3_600 + 60,
      'trialbell_mail_paused_seconds{reason="policy"}': 0,
      trialbell_mails_in_doubt: 0,
      trialbell_requests_due: 0,
      'trialbell_changes{state="released"}': 1,
      'trialbell_changes{state="held"}': 0,
      'trialbell_mails{kind="digest",phase="planned"}': 1,
      'trialbell_mails{kind="digest",phase="sent"}': 0,
      'trialbell_mails{kind="digest",phase="ambiguous"}': 0,
      'trialbell_mails{kind="no-news",phase="sent"}': 0,
      // The former label, until 0.3.0.
      'trialbell_mails{kind="quiet",phase="sent"}': 0,
      trialbell_mails_ever_ambiguous: 0,
      trialbell_digests_due: 2,
      trialbell_mails_due: 1,
      trialbell_oldest_due_age_seconds: 5 * 86_400 + 60,
      'trialbell_queue_jobs{queue="send",state="waiting"}': 0,
      'trialbell_last_run_seconds{registry="ctgov",kind="poll"}': 0,
    });
    expect(values.get('trialbell_disk_free_bytes')).toBeGreaterThan(0);
    expect(text).not.toMatch(/asthma|NCT|@|example\.net|Drug/i);
  });

  it('shows that all mail waits, for how long and why; and the last day’s unknown outcomes', async () => {
    const sink = await startSmtpSink();
    closers.push(sink.close);
    const world = await openWorld({ days, config: { smtpUrl: sink.url } });
    await world.subscribe('ann@example.net', { trials: ['NCT09900001'], consent: null });
    sink.fail({ at: 'mail', how: '550 5.7.1 listed' });
    await world.round();
    await sql`insert into deliveries (kind, subscriber_id, phase, due_at, planned_at, body_at)
      select 'manage', p.id, 'ambiguous', at, at, at from subscribers p,
        (values ('2026-11-02T12:00:00Z'::timestamptz), ('2026-11-01T11:59:00Z')) t (at)`.execute(
      world.context.db,
    );
    world.setNow('2026-11-02T12:05:00Z');
    const { values } = await readMetrics(await (await openPages(world)).serve());
    expect(Object.fromEntries(values)).toMatchObject({
      'trialbell_mail_paused_seconds{reason="policy"}': 300,
      'trialbell_mail_paused_seconds{reason="relay"}': 0,
      'trialbell_mails{kind="manage",phase="ambiguous"}': 2,
      trialbell_mails_in_doubt: 1,
    });
  });

  it('E6: shows returned mail, ignored reports, suppressed addresses, and the shares of a week', async () => {
    const world = await openWorld({ days });
    await world.subscribe('ann@example.net', { trials: ['NCT09900001'] });
    const { db, now } = world.context;
    const sent = async (count: number, days: number) => {
      await sql`insert into deliveries (kind, subscriber_id, phase, due_at, planned_at, body_at, finished_at)
        select 'manage', p.id, 'sent', at, at, at, at from subscribers p, generate_series(1, ${count}::int) n,
          lateral (select ${now()}::timestamptz - ${days} * interval '1 day' as at) t`.execute(db);
    };
    await sent(40, 6);
    await sent(40, 8);
    await sql`insert into bounces select id, 'soft', subscriber_id, ${now()} from deliveries
      order by id limit 4`.execute(db);
    await sql`insert into suppressions values ('\\x01', 'hard-bounce', ${now()}), ('\\x02', 'complaint', ${now()}),
      ('\\x03', 'hard-bounce', ${now()}::timestamptz - interval '8 days'), ('\\x04', 'never', ${now()})`.execute(
      db,
    );
    for (const kind of ['soft', 'soft', 'foreign', 'foreign', 'foreign', 'oversized'] as const)
      await countReport(db, kind);
    const { values } = await readMetrics(await (await openPages(world)).serve());
    expect(Object.fromEntries(values)).toMatchObject({
      'trialbell_bounce_reports{kind="soft"}': 2,
      'trialbell_bounce_reports{kind="foreign"}': 3,
      'trialbell_bounce_reports{kind="oversized"}': 1,
      'trialbell_bounce_reports{kind="hard"}': 0,
      'trialbell_suppressions{reason="hard-bounce"}': 2,
      'trialbell_suppressions{reason="soft-bounces"}': 0,
      'trialbell_suppressions{reason="complaint"}': 1,
      'trialbell_suppressions{reason="never"}': 1,
      trialbell_recent_mails: 40,
      'trialbell_bounce_share{kind="hard"}': 1 / 40,
      'trialbell_bounce_share{kind="soft"}': 4 / 40,
      'trialbell_bounce_share{kind="complaint"}': 1 / 40,
    });
  });

  it('has the durations of the handlers of its own process', async () => {
    const world = await openWorld({ days });
    const app = await openPages(world);
    await app.work(['plan', 'poll']);
    const url = await app.serve();
    await app.context.enqueue('plan', {});
    const count = async (queue: string, outcome: string) =>
      (await readMetrics(url)).values.get(
        `trialbell_handler_seconds_count{queue="${queue}",outcome="${outcome}"}`,
      );
    await expect.poll(() => count('plan', 'done')).toBeGreaterThan(0);
    const { values } = await readMetrics(url);
    expect(
      values.get('trialbell_handler_seconds_bucket{le="+Inf",queue="plan",outcome="done"}'),
    ).toBeGreaterThan(0);
  });

  it('N6: workers in a thread are counted with it; another takes the place of one that broke down, and goes on', async () => {
    const world = await openWorld({ days });
    const app = await openPages(world);
    app.context.config.logLevel = 'error';
    const url = await app.serve();
    const thread = await app.workInThread(['plan']);
    const count = async () =>
      (await readMetrics(url)).values.get('trialbell_handler_seconds_count{queue="plan",outcome="done"}') ??
      0;
    const waiting = { timeout: 120_000 };
    await expect.poll(count, waiting).toBeGreaterThan(0);
    await thread.terminate();
    const before = await count();
    await app.context.enqueue('plan', {});
    await expect.poll(count, waiting).toBeGreaterThan(before);
    await thread.close();
    await app.context.enqueue('plan', {});
    expect((await (await app.queues()).counts()).plan.waiting).toBe(1);
  });

  it('N6: workers in a thread that cannot start say why', async () => {
    const world = await openWorld({ days });
    const app = await openPages(world);
    Object.assign(app.context.config, { secretKey: 'another key than the one of this database' });
    await expect(app.workInThread(['plan'])).rejects.toThrow(/cannot start: .*another SECRET_KEY/);
  });

  it('times a handler that fails, and lets the failure through', async () => {
    const world = await openWorld({ days });
    const app = await openPages(world);
    const durations = openDurations();
    const handlers: Handler<'plan'>[] = [];
    const queues: Queues = {
      ...(await app.queues()),
      work(_name, handler) {
        handlers.push(handler as Handler<'plan'>);
        return { close: async () => {} };
      },
    };
    durations.measure(queues).work('plan', async () => {
      throw new Error('the plan failed');
    });
    await expect(handlers[0]?.({}, new AbortController().signal)).rejects.toThrow('the plan failed');
    expect(await durations.registry.metrics()).toContain(
      'trialbell_handler_seconds_count{queue="plan",outcome="failed"} 1',
    );
  });

  it('is counted once in ten seconds, however often it is asked for', async () => {
    const world = await openWorld({ days });
    const app = await openPages(world);
    const url = await app.serve();
    const first = await readMetrics(url);
    await world.subscribe('ann@example.net', { trials: ['NCT09900001'] });
    world.setNow('2026-11-09T09:01:00Z');
    const asked = await Promise.all(Array.from({ length: 20 }, () => readMetrics(url)));
    for (const { values } of asked)
      expect(values.get('trialbell_digests_due')).toBe(first.values.get('trialbell_digests_due'));
  });
});

describe('R7: /readyz names what is missing', () => {
  const ready = async (url: string) =>
    (await (await fetch(`${url}/readyz`)).json()) as { ready: boolean; missing: string[] };

  it('nothing, where all is there, for pages without workers', async () => {
    const world = await openWorld({ days });
    const sink = await startSmtpSink();
    closers.push(sink.close);
    const url = await (await openPages(world, { smtpUrl: sink.url })).serve();
    await expect.poll(() => ready(url)).toEqual({ ready: true, missing: [] });
    // The mail server is asked once in a while, not at each request.
    await Promise.all(Array.from({ length: 10 }, () => ready(url)));
    expect(sink.connections()).toBe(1);
  });

  it('the mail server, away or turning us away; the queue’s store; the schema', async () => {
    const world = await openWorld({ days });
    const port = await findFreePort();
    const away = await (await openPages(world, { smtpUrl: `smtp://127.0.0.1:${port}` })).serve();
    expect(await ready(away)).toEqual({
      ready: false,
      missing: [expect.stringMatching(/^the mail server does not answer: .*ECONNREFUSED/)],
    });
    const sink = await startSmtpSink();
    closers.push(sink.close);
    sink.fail({ at: 'greeting', how: '554 5.7.1 go away' });
    const refused = await (await openPages(world, { smtpUrl: sink.url })).serve();
    expect((await ready(refused)).missing).toEqual(['the mail server refuses us: 554 5.7.1 go away']);

    const url = await (await openPages(world, { redisUrl: `redis://127.0.0.1:${port}` })).serve();
    expect((await ready(url)).missing).toEqual([expect.stringMatching(/^Redis at \S+ does not answer/)]);
    expect((await readMetrics(url)).values.get('trialbell_queue_up')).toBe(0);
    await world.context.db.deleteFrom('kysely_migration' as never).execute();
    expect((await ready(away)).missing).toContain(
      'the database is not at the newest schema: run trialbell migrate',
    );
  });

  it('O5: while the database is away, pages, feeds and the API say when to come back, and strangers get no error texts', async () => {
    const world = await openWorld();
    const direct = new URL(world.databaseUrl);
    const cable = await openProxy(Number(direct.port));
    closers.push(cable.close);
    direct.port = String(cable.port);
    const url = await (await openPages(world, { databaseUrl: direct.href })).serve();
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    await cable.unplug();
    for (const path of [
      '/trials/NCT09900001',
      '/trials/NCT09900001/feed.atom',
      '/api/v1/trials/NCT09900001',
    ]) {
      const response = await fetch(`${url}${path}`, { headers: { authorization: 'Bearer tb_1_none' } });
      expect([path, response.status, response.headers.get('retry-after')]).toEqual([path, 503, '30']);
      expect(await response.text()).not.toMatch(/ECONN|127\.0\.0\.1|terminated/);
    }
    const stranger = await fetch(`${url}/readyz`, { headers: { 'x-forwarded-for': '192.0.2.1' } });
    const { missing } = (await stranger.json()) as { missing: string[] };
    expect([stranger.status, missing[0]]).toEqual([503, 'the database does not answer']);
    expect(missing.join()).not.toMatch(/ECONN|:\d/);
    await cable.plug();
  });
});
