import { execFileSync } from 'node:child_process';
import { statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { checkAlarms } from '../../../src/jobs/ops/alarms.ts';
import { openQueues } from '../../../src/queue/open.ts';
import { createReadiness } from '../../../src/web/health/ready.ts';
import { makeDataDir } from '../../support/program.ts';
import { study } from '../../support/study.ts';
import { openWorld, type World } from '../../support/world.ts';

// Where this machine lets nobody mount a disk of one megabyte, the file system's own answers are given in its place.
const pretended = vi.hoisted(() => ({ full: false }));
vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof import('node:fs/promises')>();
  const open = async (...call: Parameters<typeof actual.open>) => {
    if (!pretended.full) return actual.open(...call);
    throw Object.assign(new Error('ENOSPC: no space left on device, open'), { code: 'ENOSPC' });
  };
  const statfs = async (path: string) => (pretended.full ? { bavail: 0, bsize: 4096 } : actual.statfs(path));
  return { ...actual, open, statfs };
});

let world: World | null = null;
const disk = makeDataDir();
const canMount = tryToMount();
afterEach(async () => {
  await world?.close();
  if (canMount) execFileSync('umount', ['-l', disk.path]);
  disk.remove();
});

/** A disk of one megabyte, where this machine lets us have one. */
function tryToMount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk.path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function fill(): void {
  pretended.full = !canMount;
  if (!canMount) return;
  const { bavail, bsize } = statfsSync(disk.path);
  writeFileSync(join(disk.path, 'filler'), Buffer.alloc(bavail * bsize));
}

it('R9: a full disk is said by name, and the mails come when there is room', async () => {
  world = await openWorld({ days: [{ timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001')] }] });
  await world.subscribe('ann@example.net', { trials: ['NCT09900001'] });
  world.refresh('2026-11-03T09:00:04', [
    study('NCT09900001', { status: 'SUSPENDED', updatedOn: '2026-11-03' }),
  ]);
  world.setNow('2026-11-04T09:00:00Z');
  const { config, db } = world.context;
  world.context.config = { ...config, dataDir: disk.path };
  fill();
  expect(await checkAlarms(world.context)).toContain('disk-full');
  const queues = openQueues({ databaseUrl: world.databaseUrl, redisUrl: null, log: world.context.log });
  const isReady = createReadiness({ db, queues, smtpUrl: null, dataDir: disk.path });
  expect(await isReady()).toContain('the disk of DATA_DIR is full');
  await (await queues).close();
  expect((await world.round()).result.digests).toMatchObject({ planned: 1, sent: 0, deferred: 1 });
  const [delivery] = await db.selectFrom('deliveries').select('reply').execute();
  expect(delivery?.reply).toMatch(/ENOSPC/);
  const alert = await db.selectFrom('alerts').selectAll().where('name', '=', 'disk-full').executeTakeFirst();
  expect(alert?.message).toMatch(/^Only 0 MB are left on the disk of DATA_DIR/);

  pretended.full = false;
  world.context.config = config;
  world.setNow('2026-11-04T09:05:00Z');
  expect((await world.round()).result.digests).toMatchObject({ sent: 1 });
  expect(await db.selectFrom('alerts').selectAll().execute()).toEqual([]);
});
