import { sql } from 'kysely';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { openApp } from '../../../src/app.ts';
import { readConfig } from '../../../src/config.ts';
import { checkServer } from '../../../src/db/check-server.ts';
import { connect } from '../../../src/db/connect.ts';
import { queueNames } from '../../../src/queue/table.ts';
import { createTestDatabase } from '../../support/database.ts';
import { makeDataDir, serverVariables } from '../../support/program.ts';
import { findFreePort, withClient } from '../../support/servers.ts';
import { openProxy } from '../../support/servers-proxy.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function openDatabase() {
  const database = await createTestDatabase();
  closers.push(database.drop);
  return database;
}

describe('a database that cannot be used is said in a sentence', () => {
  it('away, without the password', async () => {
    const url = `postgres://me:pass-word@localhost:${await findFreePort()}/nothing`;
    const said = await checkServer(url).catch((error: Error) => error.message);
    expect(said).toMatch(
      /^PostgreSQL at localhost:\d+\/nothing does not let us in: .*ECONNREFUSED.*DATABASE_URL/,
    );
    expect(said).not.toContain('pass-word');
  });

  it('absent', async () => {
    const url = new URL((await openDatabase()).url);
    url.pathname = '/no-such-database';
    await expect(checkServer(url.href)).rejects.toThrow(/does not let us in: .*no-such-database.*not exist/);
  });

  it('in an encoding that loses letters', async () => {
    const url = new URL((await openDatabase()).url);
    const name = `ascii_${url.pathname.slice(1)}`;
    const run = (statement: string) => withClient(url.href, (client) => client.query(statement));
    await run(`create database ${name} encoding 'SQL_ASCII' locale 'C' template template0`);
    closers.push(() => run(`drop database ${name} with (force)`));
    const ascii = new URL(url);
    ascii.pathname = `/${name}`;
    await expect(checkServer(ascii.href)).rejects.toThrow(/SQL_ASCII; make a database with encoding UTF8/);
  });
});

it('R5: a process that stands still in the middle of a transaction holds up the others for a minute at most', async () => {
  const db = connect((await openDatabase()).url);
  closers.push(() => db.destroy());
  const { rows } = await sql<{ limit: string }>`
    select current_setting('idle_in_transaction_session_timeout') as limit`.execute(db);
  expect(rows).toEqual([{ limit: '1min' }]);
});

describe('R7: a database that goes away while the program works', () => {
  it('R7: breaks connections in use without ending the process; work continues when it is back', async () => {
    const database = await openDatabase();
    const direct = new URL(database.url);
    const proxy = await openProxy(Number(direct.port));
    closers.push(proxy.close);
    const through = new URL(direct);
    through.port = String(proxy.port);
    const folder = makeDataDir();
    closers.push(folder.remove);
    const config = readConfig({
      ...(await serverVariables(through.href)),
      DATA_DIR: folder.path,
      REGISTRIES: 'ctgov',
      CTGOV_URL: 'http://127.0.0.1:1',
      CTGOV_PACE_MS: '0',
    });
    const app = await openApp(config, { log: pino({ level: 'silent' }) });
    closers.push(app.close);
    await app.work(queueNames);
    const { db } = app.context;
    const broken = db.transaction().execute(async (tx) => {
      await sql`select 1`.execute(tx);
      await proxy.unplug();
      await sql`insert into settings values ('half', 'written')`.execute(tx);
    });
    await expect(broken).rejects.toThrow();
    await expect(sql`select 1`.execute(db)).rejects.toThrow();
    await proxy.plug();
    const answer = () =>
      sql`select 1`.execute(db).then(
        () => true,
        () => false,
      );
    await expect.poll(answer).toBe(true);
    expect(await db.selectFrom('settings').select('name').where('name', '=', 'half').execute()).toEqual([]);
    // The workers get jobs again: the sweep clears an alarm that is over.
    await sql`insert into alerts values ('mail-overdue', 'it is over', now(), now())`.execute(db);
    const alerts = async () => {
      await app.context.enqueue('sweep', {});
      return (await db.selectFrom('alerts').select('name').where('name', '=', 'mail-overdue').execute())
        .length;
    };
    await expect.poll(alerts, { interval: 200 }).toBe(0);
  });
});
