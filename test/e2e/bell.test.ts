import { pino } from 'pino';
import PostalMime, { type Email } from 'postal-mime';
import { afterEach, expect, it } from 'vitest';
import { type App, openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { serveRecordedRegistry } from '../../src/demo/recorded-registry.ts';
import { runRound } from '../../src/jobs/round.ts';
import { subscribe } from '../../src/jobs/subscribers/subscribe.ts';
import { queueNames } from '../../src/queue/table.ts';
import { createTestDatabase } from '../support/database.ts';
import { dumpDatabase, dumpRedis } from '../support/dump-stores.ts';
import { makeDataDir, serverVariables } from '../support/program.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';
import { study } from '../support/study.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The registry, the mail server and the whole program at work, its clock at noon of 2 November 2026. */
async function openBell() {
  const first = [study('NCT09900001'), study('NCT09900002', { conditions: ['Gout'] }), study('NCT09900003')];
  const second = [
    study('NCT09900001', { status: 'SUSPENDED', whyStopped: 'Drug supply', updatedOn: '2026-11-03' }),
    study('NCT09900002', { conditions: ['Gout'], updatedOn: '2026-11-03' }),
    study('NCT09900003'),
    study('NCT09900004', {
      firstPostedOn: '2026-11-03',
      updatedOn: '2026-11-03',
      title: 'A new asthma study',
    }),
  ];
  const recorded = await serveRecordedRegistry({
    days: [
      { timestamp: '2026-11-02T09:00:04', studies: first },
      { timestamp: '2026-11-03T09:00:04', studies: second },
    ],
  });
  closers.push(recorded.close);
  const sink = await startSmtpSink();
  closers.push(sink.close);
  const database = await createTestDatabase();
  closers.push(database.drop);
  const folder = makeDataDir();
  closers.push(folder.remove);
  const config = readConfig({
    ...(await serverVariables(database.url)),
    DATA_DIR: folder.path,
    SMTP_URL: sink.url,
    BASE_URL: 'https://bell.example.org',
    REGISTRIES: 'ctgov',
    CTGOV_URL: recorded.url,
    CTGOV_PACE_MS: '0',
    PORT: '0',
  });
  let now = '2026-11-02T12:00:00.000Z';
  const logged: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line) => logged.push(line) });
  const openProcess = async (): Promise<App> => {
    const app = await openApp(config, { log, now: () => now });
    closers.push(app.close);
    return app;
  };
  const setNow = (instant: string) => {
    now = instant;
  };
  return { recorded, sink, openProcess, setNow, config, logged };
}

const follow = (app: App, email: string, wish: { trials?: string[]; conditions?: string[] }, daily = true) =>
  subscribe(app.context, {
    email,
    trials: [],
    conditions: [],
    frequency: daily ? 'daily' : 'weekly',
    hour: 9,
    timezone: 'UTC',
    facets: null,
    consent: 'on paper, November 2, 2026',
    ...wish,
  });

it('R5, P1: one update reaches exactly the right people once, through every worker of two processes', async () => {
  const { recorded, sink, openProcess, setNow, config, logged } = await openBell();
  const [app, other] = [await openProcess(), await openProcess()];
  await follow(app, 'ann@example.net', { trials: ['NCT09900001'] });
  await follow(app, 'bob@example.net', { conditions: ['asthma'] });
  await follow(app, 'both@example.net', { trials: ['NCT09900001'], conditions: ['asthma'] });
  await follow(app, 'gout@example.net', { conditions: ['gout'] });
  await follow(app, 'quiet@example.net', { trials: ['NCT09900003'] });
  await follow(app, 'later@example.net', { conditions: ['asthma'] }, false);
  await app.work(queueNames);
  await other.work(queueNames);

  recorded.setDay(1);
  setNow('2026-11-03T12:00:00.000Z');
  const wait = { interval: 100 };
  const released = async () => {
    await app.context.enqueue('poll', { registry: 'ctgov' });
    const { value } = await app.context.db
      .selectFrom('counters')
      .select('value')
      .where('name', '=', 'position')
      .executeTakeFirstOrThrow();
    return value;
  };
  await expect.poll(released, wait).toBeGreaterThan(0);
  expect(sink.mails).toEqual([]);

  setNow('2026-11-04T09:00:00.000Z');
  const mailed = async () => {
    await app.context.enqueue('plan', {});
    await other.context.enqueue('sweep', {});
    return sink.mails.flatMap(({ to }) => to).sort();
  };
  const expected = ['ann@example.net', 'bob@example.net', 'both@example.net'];
  await expect.poll(mailed, wait).toEqual(expected);
  // Nothing more comes of ringing again.
  for (let times = 0; times < 5; times += 1) await mailed();
  // A round cannot go back behind what workers have read.
  setNow('2026-11-03T11:59:00.000Z');
  await expect(runRound(app.context, [])).rejects.toThrow(/cannot go back to 2026-11-03T11:59:00.000Z/);
  await app.close();
  await other.close();
  expect(sink.mails.flatMap(({ to }) => to).sort()).toEqual(expected);

  const read = new Map<string, Email>();
  for (const { to, message } of sink.mails) read.set(to.join(), await PostalMime.parse(message));
  const textOf = (to: string) => read.get(to)?.text ?? '';
  for (const to of expected) {
    expect(textOf(to)).toContain('NCT09900001');
    expect(textOf(to)).toContain('Drug supply');
    expect(textOf(to)).toMatch(/talk to the study team/);
    expect(read.get(to)?.subject).not.toMatch(/asthma|NCT0/i);
  }
  expect(textOf('ann@example.net')).not.toContain('NCT09900004');
  for (const to of ['bob@example.net', 'both@example.net']) {
    expect(textOf(to)).toContain('A new asthma study');
    expect(textOf(to).match(/Drug supply/g)).toHaveLength(1);
  }

  // P1: stored data names nobody.
  const kept = [
    await dumpDatabase(config.databaseUrl ?? ''),
    config.redisUrl ? await dumpRedis(config.redisUrl) : '',
    ...logged,
  ].join('\n');
  expect(kept).toContain('deliveryId');
  for (const name of ['ann', 'bob', 'both', 'gout', 'quiet', 'later']) {
    expect(kept).not.toContain(`${name}@`);
  }
});
