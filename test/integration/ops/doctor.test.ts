import { sql } from 'kysely';
import { pino } from 'pino';
import { expect, it, vi } from 'vitest';
import { openQueues } from '../../../src/queue/open.ts';
import { runProgram, serverVariables } from '../../support/program.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const openWorld = useWorlds();

/** A world of today: the program that is asked goes by the real clock. */
async function openToday(): Promise<{ world: World; env: Record<string, string> }> {
  const now = new Date().toISOString();
  const world = await openWorld({
    now,
    days: [{ timestamp: now.slice(0, 19), studies: [study('NCT09900001')] }],
  });
  const env = {
    ...(await serverVariables(world.databaseUrl)),
    DATA_DIR: world.context.config.dataDir,
    REGISTRIES: 'ctgov',
    CTGOV_URL: world.recorded.url,
    ADMIN_EMAILS: 'admin@example.org',
    BASE_URL: 'http://localhost:3000',
  };
  return { world, env };
}

it('N8: doctor finds no fault in a healthy setup, names its checks, and warns of a public address without a mail server', async () => {
  const { world, env } = await openToday();
  await world.round();
  const { stdout, code } = await runProgram(['doctor'], env);
  expect([stdout, code]).toEqual([expect.not.stringMatching(/LOOK/), 0]);
  for (const said of [
    /ASK {3}No worker has ever run here\. Does a crontab call "trialbell once"/,
    /ok {4}Nothing is stored past its retention period\./,
    /ok {4}No record is in quarantine\./,
    /ok {4}The queue answers; no job has failed\./,
    /ok {4}\d+(\.\d)? [MG]B are free on the disk of DATA_DIR\./,
    /ok {4}This machine's clock and the database's agree\./,
    /ok {4}The database takes \d+ MB\. The audit log, which is never deleted, has 0 rows/,
  ])
    expect(stdout).toMatch(said);
  expect(stdout).toMatch(/ok {4}Emails are written to .*outbox; set SMTP_URL to send them\./);
  const nowhere = 'http://127.0.0.1:1';
  const open = await runProgram(['doctor'], {
    ...env,
    ...{ REGISTRIES: 'ctgov,ctis,isrctn', CTIS_URL: nowhere, ISRCTN_URL: nowhere },
    BASE_URL: 'https://bell.example.org',
    EMBED_HOSTS: 'www.lung.example',
    HISTORY_BACKFILL: 'ctgov',
  });
  expect(open.stdout).toContain(
    'ok    The history of ClinicalTrials.gov from before the first reading is kept for 0 trials (HISTORY_BACKFILL).',
  );
  expect(open.stdout).toContain('ok    Pages of www.lung.example may show the sign-up frame (EMBED_HOSTS).');
  for (const name of ['EU Clinical Trials Information System (CTIS)', 'ISRCTN registry'])
    expect(open.stdout).toContain(`LOOK  ${name} could not be reached`);
  expect(open.stdout).toMatch(
    /LOOK {2}BASE_URL is public \(https:\/\/bell\.example\.org\) but SMTP_URL is not set: no email leaves this machine\. .*outbox is not shown\. Set SMTP_URL\.$/m,
  );
  expect(open.code).toBe(1);
});

it('doctor names a frame that browsers would not show, and hosts that cannot be', async () => {
  const { env } = await openToday();
  const plain = { ...env, BASE_URL: 'http://bell.example.org', EMBED_HOSTS: 'www.lung.example' };
  expect((await runProgram(['doctor'], plain)).stdout).toContain(
    'LOOK  EMBED_HOSTS is set, but BASE_URL is not https',
  );
  for (const verb of ['doctor', 'start']) {
    const { stdout, stderr, code } = await runProgram([verb], { ...env, EMBED_HOSTS: 'https://*.example' });
    expect([verb, stdout + stderr]).toEqual([
      verb,
      expect.stringContaining(
        'EMBED_HOSTS names "https://*.example", which is not a host alone; for example',
      ),
    ]);
    expect(code).toBe(1);
  }
});

it('doctor names whatever stands still, each with the way out', async () => {
  const { world, env } = await openToday();
  await world.round();
  const { db, now } = world.context;
  await sql`insert into leases values ('tick:poll', 'gone', 1, now() - interval '3 hours')`.execute(db);
  await sql`insert into admin_tokens (hash, purpose, email, created_at, expires_at)
    values ('\\x01', 'link', 'admin@example.org', ${now()}, now() - interval '9 days')`.execute(db);
  await sql`insert into quarantine (registry, registry_id, reason, raw, first_seen_at, last_seen_at)
    values ('ctgov', 'NCT09900002', 'An unknown status', '', ${now()}, ${now()})`.execute(db);
  await sql`insert into webhooks (url, host, secret, language, position, created_at, failing_since)
    values ('', 'hook.example.org', '', 'en', 0, ${now()}, '2026-11-01T00:00:00Z')`.execute(db);
  await sql`insert into api_keys (name, hash, scopes, hourly, created_at)
    values ('Lung Charity', '\\x01', '{}', 1, now() - interval '181 days'),
      ('In use', '\\x02', '{}', 1, now() - interval '1 day')`.execute(db);
  await sql`insert into requests (kind, params, due_at, created_at)
    values ('sign-up', '', now() - interval '3 hours', now() - interval '3 hours')`.execute(db);
  await sql`insert into audit_log (at, actor, act, subject) values ('2026-01-02', 'a@example.org', 'release', 'run 1')`.execute(
    db,
  );
  const queues = await openQueues({
    databaseUrl: world.databaseUrl,
    redisUrl: env.REDIS_URL ?? null,
    log: pino({ level: 'silent' }),
  });
  await queues.migrate();
  queues.work('sweep', async () => {
    throw new Error('no');
  });
  await queues.enqueue('sweep', {});
  await vi.waitFor(async () => expect(await queues.failures('sweep')).toHaveLength(1), { timeout: 120_000 });
  await queues.close();

  const { stdout, code } = await runProgram(['doctor'], env);
  expect(code).toBe(1);
  for (const said of [
    /LOOK {2}No worker has polled the registries, which were due at 20.*Start one: trialbell start/,
    /LOOK {2}Rows are stored past their retention period: admin_tokens\. .* trialbell worker sweep$/m,
    /ASK {3}1 records could not be trusted .* NCT09900002: An unknown status\..* trialbell quarantine$/m,
    /LOOK {2}Webhook 1 \(hook\.example\.org\) has failed since 2026-11-01T00:00:00.000Z; 0 messages wait\. .*trialbell webhook end 1$/m,
    /ok {4}2 API keys are active\.\nASK {3}Is API key 1 \("Lung Charity"\) still needed\? It was never used\. If not: trialbell api-key end 1$/m,
    /LOOK {2}1 emails or requests from pages are overdue.* start one: trialbell start\./,
    /LOOK {2}The queue answers; jobs have failed: 1 in sweep\. .*http:\/\/localhost:3000\/admin\/queues$/m,
    /has 1 rows since 2026-01-02/,
  ])
    expect(stdout).toMatch(said);
  expect(stdout).not.toMatch(/In use/);
});
