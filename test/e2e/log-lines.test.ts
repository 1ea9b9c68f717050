import { afterEach, expect, it } from 'vitest';
import { openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { serveRecordedRegistry } from '../../src/demo/recorded-registry.ts';
import { runRound } from '../../src/jobs/round.ts';
import { subscribe } from '../../src/jobs/subscribers/subscribe.ts';
import { createLog, logFields } from '../../src/log.ts';
import { queueNames } from '../../src/queue/table.ts';
import { createTestDatabase } from '../support/database.ts';
import { makeDataDir, serverVariables } from '../support/program.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';
import { study } from '../support/study.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const reader = 'Ann.Canary@example.net';
const stranger = 'zoe.canary@example.net';
const volunteer = 'volunteer.canary@example.org';

/** The whole program, with the log it has when it is run, in front of a registry and a mail server that both can fail. */
async function openLogged() {
  const days = [
    { timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001')] },
    {
      timestamp: '2026-11-03T09:00:04',
      studies: [study('NCT09900001', { status: 'SUSPENDED', updatedOn: '2026-11-03' }), { broken: true }],
    },
  ];
  const recorded = await serveRecordedRegistry({ days });
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
    BASE_URL: 'http://localhost:3000',
    ADMIN_EMAILS: volunteer,
    REGISTRIES: 'ctgov',
    CTGOV_URL: recorded.url,
    CTGOV_PACE_MS: '0',
    PORT: '0',
  });
  let now = '';
  const lines: string[] = [];
  const log = createLog('debug', { write: (line) => lines.push(line) });
  const app = await openApp(config, { log, now: () => now, registryAttempts: 1 });
  closers.push(app.close);
  const setNow = (instant: string) => {
    now = instant;
  };
  return { app, recorded, sink, lines, setNow };
}

it('P12: a whole run’s log is JSON of known fields, without an address, a condition or a path in it', async () => {
  const { app, recorded, sink, lines, setNow } = await openLogged();
  const once = async (at: string) => {
    setNow(`2026-11-${at}:00.000Z`);
    await runRound(app.context, []);
  };
  await once('02T12:00');
  await subscribe(app.context, {
    ...{ email: reader, trials: [], conditions: ['asthma'], frequency: 'immediate', consent: 'on paper' },
    ...{ hour: null, timezone: null, facets: null },
  });
  recorded.setFault({ kind: 'status', status: 403 });
  await once('02T14:00');
  recorded.setFault(null);
  recorded.setDay(1);
  // The mail server repeats the address, then takes a mail without a word, then refuses us.
  sink.fail({ at: 'rcpt', how: `451 4.2.0 <${reader}> is busy`, times: 1 });
  await once('03T12:00');
  sink.fail({ at: 'reply', how: 'drop', times: 1 });
  await once('03T13:00');
  sink.fail({ at: 'mail', how: `550 5.7.1 ${reader}: not from you` });
  await once('03T14:00');
  sink.fail();
  await once('04T14:00');

  await app.work(queueNames);
  const url = await app.serve();
  for (const path of [
    '/conditions/asthma',
    '/find?q=asthma',
    '/trials/NCT09900001',
    '/admin',
    '/%00',
    '/none',
  ])
    await fetch(url + path);
  recorded.setFault({ kind: 'status', status: 403 });
  await fetch(`${url}/find?q=very+rare+canary+illness`);
  recorded.setFault(null);
  for (const [path, email] of [
    ['/admin/sign-in', volunteer],
    ['/manage', stranger],
    ['/manage', reader],
  ] as const) {
    const body = new URLSearchParams({ email });
    await fetch(url + path, { method: 'POST', body, headers: { 'sec-fetch-site': 'same-origin' } });
  }
  const gotten = (email: string) => sink.mails.filter(({ to }) => to[0] === email).length;
  await expect.poll(() => gotten(reader) > 1 && gotten(volunteer) > 1).toBe(true);
  await app.close();

  const known = new Set<string>(['time', 'level', 'msg', ...logFields]);
  const seen = new Set<string>();
  for (const line of lines) {
    const fields = JSON.parse(line) as Record<string, unknown>;
    for (const name of Object.keys(fields)) {
      expect(known, line).toContain(name);
      seen.add(name);
    }
    expect(fields).toMatchObject({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      level: expect.stringMatching(/^(debug|info|warn|error)$/),
      msg: expect.stringMatching(/^\w/),
    });
    expect(line).not.toMatch(/canary|@|asthma|\/conditions|\/find|\/trials\/|\/manage/i);
  }
  // The run came past what is worth a line.
  for (const name of ['alarm', 'delivery', 'pause', 'phase', 'reason', 'registry', 'reply', 'run', 'outcome'])
    expect([...seen]).toContain(name);
});
