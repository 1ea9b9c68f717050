import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { checkServer } from '../../../src/db/check-server.ts';
import { createTestDatabase } from '../../support/database.ts';
import { openProxy } from '../../support/servers-proxy.ts';

it('a process that boots while its database restarts waits for it, and names one that stays away', async () => {
  const database = await createTestDatabase({ empty: true });
  const url = new URL(database.url);
  const cable = await openProxy(Number(url.port));
  url.port = String(cable.port);
  await cable.unplug();
  await expect(checkServer(url.href)).rejects.toThrow('does not let us in');
  const waiting = checkServer(url.href, { patienceMs: 60_000 });
  await sleep(200);
  await cable.plug();
  await waiting;
  await cable.close();
  await database.drop();
});
