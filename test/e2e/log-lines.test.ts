import { afterEach, expect, it } from 'vitest';
import { serveRecordedRegistry } from '../../src/demo/recorded-registry.ts';
import { logFields } from '../../src/log.ts';
import { createTestDatabase } from '../support/database.ts';
import { makeDataDir, runProgram, serverVariables, startProgram } from '../support/program.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';
import { study } from '../support/study.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const reader = 'Ann.Canary@example.net';
const stranger = 'zoe.canary@example.net';

/** The whole program in front of a registry and a mail server that both fail at times, as a person would run it. */
async function openServers() {
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
  const env = {
    ...(await serverVariables(database.url)),
    DATA_DIR: folder.path,
    SMTP_URL: sink.url,
    BASE_URL: 'http://localhost:3000',
    ADMIN_EMAILS: 'volunteer.canary@example.org',
    CTGOV_URL: recorded.url,
    CTGOV_PACE_MS: '0',
    PORT: '0',
    LOG_LEVEL: 'debug',
  };
  return { recorded, sink, env };
}

it('P12: a whole run’s log is JSON of known fields, without an address, a condition or a path in it', {
  timeout: 180_000,
}, async () => {
  const { recorded, sink, env } = await openServers();
  const lines: string[] = [];
  const run = async (...args: string[]) => {
    const { stderr } = await runProgram(args, env);
    lines.push(...stderr.split('\n').filter((line) => line.startsWith('{')));
  };
  const once = (at: string) => run('once', '--as-of', at);
  await once('2026-11-02T12:00:00Z');
  const following = [
    '--condition',
    'asthma',
    '--frequency',
    'immediate',
    '--confirmed',
    '--consent',
    'paper',
  ];
  await run('subscribe', reader, ...following);
  recorded.setFault({ kind: 'status', status: 403 });
  await once('2026-11-02T14:00:00Z');
  recorded.setFault(null);
  recorded.setDay(1);
  // The mail server repeats the address, then takes a mail without a word, then refuses us.
  sink.fail({ at: 'rcpt', how: `451 4.2.0 <${reader}> is busy`, times: 1 });
  await once('2026-11-03T12:00:00Z');
  sink.fail({ at: 'reply', how: 'drop', times: 1 });
  await once('2026-11-03T13:00:00Z');
  sink.fail({ at: 'mail', how: `550 5.7.1 ${reader}: not from you` });
  await once('2026-11-03T14:00:00Z');
  sink.fail();
  await once('2026-11-04T14:00:00Z');

  const started = startProgram(['start'], env);
  closers.push(() => started.child.kill('SIGKILL'));
  await expect.poll(() => started.stdout(), { timeout: 40_000 }).toMatch(/http:\/\/localhost:\d+/);
  const url = /http:\/\/localhost:\d+/.exec(started.stdout())?.[0] ?? '';
  for (const path of [
    '/conditions/asthma',
    '/find?q=asthma',
    '/trials/NCT09900001',
    '/admin',
    '/%00',
    '/nothing',
  ])
    await fetch(url + path);
  recorded.setFault({ kind: 'status', status: 403 });
  await fetch(`${url}/find?q=very+rare+canary+illness`);
  const form = (fields: Record<string, string>) => ({
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { 'sec-fetch-site': 'same-origin' },
  });
  await fetch(`${url}/admin/sign-in`, form({ email: 'volunteer.canary@example.org' }));
  await fetch(`${url}/manage`, form({ email: stranger }));
  await fetch(`${url}/manage`, form({ email: reader }));
  await expect
    .poll(() => sink.mails.filter(({ to }) => to[0] === reader).length, { timeout: 60_000 })
    .toBeGreaterThan(1);
  started.child.kill('SIGTERM');
  lines.push(...(await started.ended).stderr.split('\n').filter((line) => line !== ''));

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
