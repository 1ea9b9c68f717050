import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { checkServer } from '../../../src/db/check-server.ts';
import { SessionClient } from '../../../src/postgres/session-client.ts';
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

it('R7: a database that answered while the process computed has answered in time', async () => {
  const database = await createTestDatabase({ empty: true });
  const client = new SessionClient({ connectionString: database.url, connectionTimeoutMillis: 2_000 });
  const connected = client.connect();
  // As a start does while it loads its pages, on a machine with little to spare.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_500);
  await connected;
  await client.end();
  await database.drop();
});

it('R7: a server that lets nobody in counts as one that is starting', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connectionString = `postgres://ann@127.0.0.1:${port}/bell`;
  const client = new SessionClient({ connectionString, connectionTimeoutMillis: 100 });
  await expect(client.connect()).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  server.close();
});
