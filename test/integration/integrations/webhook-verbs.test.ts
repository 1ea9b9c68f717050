import { sql } from 'kysely';
import { Webhook } from 'standardwebhooks';
import { afterEach, expect, it } from 'vitest';
import { type Api, serveApi } from '../../support/api-world.ts';
import { runProgram, testKey } from '../../support/program.ts';
import { type Receiver, startReceiver } from '../../support/receiver.ts';
import { study } from '../../support/study.ts';
import { id, tell } from '../../support/webhook-world.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
let target: Receiver | null = null;
let api: Api | null = null;
afterEach(async () => {
  await target?.close();
  await api?.close();
  target = null;
  api = null;
});
const run = (world: World, ...args: string[]) =>
  runProgram(args, {
    DATABASE_URL: world.databaseUrl,
    SECRET_KEY: testKey,
    DATA_DIR: world.context.config.dataDir,
    REGISTRIES: 'ctgov',
    CTGOV_URL: world.recorded.url,
  });
const logged = async (world: World) => {
  const { rows } = await sql<{ line: string }>`
    select actor || ': ' || act || ' ' || subject as line from audit_log order by id`.execute(
    world.context.db,
  );
  return rows.map(({ line }) => line);
};

it('webhooks are added, listed, turned and ended by verbs; a condition that only a webhook follows is read too', async () => {
  const world = await open({ days: [{ timestamp: '2026-11-02T09:00:04', studies: [study(id)] }] });
  await world.poll();
  target = await startReceiver();
  for (const [address, fault] of [
    [target.url, /must begin with https/],
    ['nonsense', /is not a URL/],
  ] as const) {
    const refused = await run(world, 'webhook', 'add', address);
    expect([refused.code, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toMatch(fault);
  }
  const added = await run(
    world,
    'webhook',
    'add',
    target.url,
    '--private',
    '--condition',
    'asthma',
    '--changes',
    'status,dates',
  );
  expect(added).toMatchObject({ code: 0, stderr: expect.stringContaining('Asthma (MeSH D001249)') });
  const secret = added.stdout.trim();
  const turned = JSON.parse((await run(world, 'webhook', 'turn', '1', '--json')).stdout);
  expect(turned.secret).toMatch(/^whsec_/);
  // Nobody else follows anything.
  await tell(world, 3, { updatedOn: '2026-11-03' });
  await tell(world, 4, { updatedOn: '2026-11-04', status: 'SUSPENDED', enrollment: 7 });
  await world.round();
  const [got] = target.received;
  const { data } = JSON.parse(got?.body ?? '{}');
  expect(
    data.changes.map(({ facet, trial }: { facet: string; trial: { id: string } }) => [facet, trial.id]),
  ).toEqual([['status', id]]);
  const at = new Date(Number(got?.headers['webhook-timestamp']) * 1000);
  for (const one of [secret, turned.secret])
    expect(got?.headers['webhook-signature']).toContain(
      new Webhook(one).sign(String(got?.headers['webhook-id']), at, got?.body ?? ''),
    );
  const list = await run(world, 'webhook', 'list');
  expect(list.stdout).toMatch(/127\.0\.0\.1:\d+\s+asthma\s+status, dates\s+0\s+well/);
  expect(list.stdout).not.toContain('/hook');
  expect((await run(world, 'webhook', 'end', '1')).stdout).toBe('Webhook 1 has been ended.\n');
  for (const verb of ['end', 'turn'])
    expect(await run(world, 'webhook', verb, '1')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'There is no active webhook 1. See: trialbell webhook list\n',
    });
  expect(await logged(world)).toEqual([
    'command line: add-webhook webhook 1',
    'command line: turn-webhook webhook 1',
    'command line: end-webhook webhook 1',
  ]);
});

it('keys are shown once, work until they are ended, and are listed without themselves', async () => {
  const world = await open({ days: [{ timestamp: '2026-11-02T09:00:04', studies: [study(id)] }] });
  await world.subscribe('ann@example.net', { conditions: ['asthma'] });
  expect(await run(world, 'api-key', 'add', 'Lung Charity')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('--scope subscriptions'),
  });
  expect((await run(world, 'api-key', 'add', 'x', '--scope', 'everything')).code).toBe(2);
  const added = await run(
    world,
    'api-key',
    'add',
    'Lung Charity',
    '--scope',
    'subscriptions',
    '--hourly',
    '5',
  );
  expect(added.stdout).toMatch(/^tbk_[\w-]{43}\n$/);
  const authorization = `Bearer ${added.stdout.trim()}`;
  api = await serveApi(world);
  const wish = { email: 'bob@example.net', trials: [id] };
  expect((await api.post('/api/v1/subscriptions', wish, { authorization })).status).toBe(202);
  const list = JSON.parse((await run(world, 'api-key', 'list', '--json')).stdout);
  expect(list).toMatchObject([
    { id: 1, name: 'Lung Charity', scopes: ['subscriptions'], hourly: 5, endedAt: null },
  ]);
  expect(JSON.stringify(list)).not.toContain(added.stdout.trim());
  expect((await run(world, 'api-key', 'end', '1')).code).toBe(0);
  expect((await api.post('/api/v1/subscriptions', wish, { authorization })).status).toBe(401);
  expect((await run(world, 'api-key', 'end', '1')).code).toBe(1);
  expect(await logged(world)).toEqual([
    'command line: add-api-key api key 1',
    'command line: end-api-key api key 1',
  ]);
});
