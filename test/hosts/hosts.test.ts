import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrateDatabase } from '../../src/db/maintenance/migrate.ts';
import { noAmounts } from '../torture/faults.ts';
import { startStoppableRedis } from '../torture/servers.ts';
import { formatReport } from '../torture/table.ts';
import { runTorture } from '../torture/torture.ts';
import { addHosts, type HostStage, openHostStage } from './stage.ts';

let stage: HostStage;
beforeAll(async () => {
  stage = await openHostStage();
  await migrateDatabase(stage.databaseUrl);
});
afterAll(() => stage?.close());

it.concurrent('R1, L8: pages, planner and senders on hosts of their own, Redis restarted, hosts cut off in mid-send, clocks a minute off: nothing is lost, and twice goes only what the ledger labels', async () => {
  const { databaseUrl, redis } = stage;
  const { roles, web } = await addHosts(stage.network);
  const amounts = { ...noAmounts(), stops: 1, partings: 2 };
  const report = await runTorture({
    ...{ databaseUrl, redis, amounts },
    ...{ seed: 7, digests: 400, duringMs: 20_000, patienceMs: 240_000 },
    hosts: { stage, roles, web, partedMs: 6_000 },
  });
  const told = formatReport(report);
  expect(report.breaches, told).toEqual([]);
  expect(report, told).toMatchObject({ sent: 400, lost: 0, done: amounts });
  expect(report.doubledAlike, told).toBe(report.doubled);
  expect(report.hosts?.signedUp, told).toBeGreaterThan(0);
  expect(report.hosts?.sentAfterwards, told).toHaveLength(2);
  expect(Math.min(...(report.hosts?.sentAfterwards ?? [0])), told).toBeGreaterThan(0);
});

it.concurrent('R7: a statement or a job that is lost with the network, or whose answer is, is given up, not waited for without end', async ({
  onTestFinished,
}) => {
  const host = await stage.network.addHost('asker.hosts.test');
  // The other test stops and starts its own.
  const redis = await startStoppableRedis(stage.network.address);
  onTestFinished(redis.stop);
  const asker = host.fork(join(import.meta.dirname, 'asker.ts'), [stage.databaseUrl, redis.url], {});
  const hear = async () => ((await once(asker, 'message')) as [unknown])[0];
  expect(await hear()).toBe('asked');
  await host.cutOff();
  asker.send('cut off');
  expect(await hear()).toEqual(['the database is away', 'the database is away', 'Redis is away']);
  asker.kill('SIGKILL');
});
