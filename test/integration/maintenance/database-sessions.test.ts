import { sql } from 'kysely';
import type { Email } from 'postal-mime';
import { afterEach, describe, expect, it } from 'vitest';
import { checkServer } from '../../../src/db/check-server.ts';
import { connect } from '../../../src/db/connect.ts';
import { migrateDatabase } from '../../../src/db/maintenance/migrate.ts';
import { runRound } from '../../../src/jobs/round.ts';
import { createTestDatabase } from '../../support/database.ts';
import { dumpRows } from '../../support/dump.ts';
import { otherwise, withClient } from '../../support/servers.ts';
import { study } from '../../support/study.ts';
import { useWorlds } from '../../support/world.ts';

const openWorld = useWorlds();
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function openDatabase(options: { empty?: boolean } = {}) {
  const database = await createTestDatabase(options);
  closers.push(database.drop);
  return new URL(database.url);
}

/** A mail as it was sent, without its links, times and ids, which are of one mail alone. */
function wordsOf({ headers, text, html }: Email) {
  const ofThisMail = /^(message-id|date|list-.*|dkim-signature)$/;
  const bare = (part = '') => part.replace(/https?:[^\s"'<>]+/g, 'LINK');
  const kept = headers
    .filter(({ key }) => !ofThisMail.test(key))
    .map(({ key, value }) => [key, value.replace(/boundary="?[^\s";]+"?/, '')]);
  return { headers: kept, text: bare(text), html: bare(html) };
}

const run = (url: string | URL, statement: string) =>
  withClient(String(url), async (client) => (await client.query(statement)).rows);

describe('O1: what the server, the database or the role sets', () => {
  it('O1: changes no byte of a mail and none of what is stored', async () => {
    const told: unknown[] = [];
    for (const settings of [{}, otherwise]) {
      const now = '2026-11-02T12:00:00Z';
      const world = await openWorld({
        now,
        days: [{ timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001')] }],
      });
      const name = new URL(world.databaseUrl).pathname.slice(1);
      for (const [setting, value] of Object.entries(settings))
        await run(world.databaseUrl, `alter database ${name} set ${setting} = '${value}'`);
      const context = world.another();
      await world.subscribe('ann@example.net', { trials: ['NCT09900001'] });
      await runRound(context, []);
      world.refresh('2026-11-03T09:00:04', [study('NCT09900001', { status: 'TERMINATED' })]);
      world.setNow('2026-11-04T12:00:00Z');
      await runRound(context, []);
      const mails = await world.mails();
      const { rows } = await sql`select due_at, planned_at from deliveries order by id`.execute(context.db);
      told.push([mails.map((mail) => [wordsOf(mail), mail.date]), rows]);
      expect(mails.length).toBeGreaterThan(0);
      expect(mails.at(-1)?.html).toContain('NCT09900001');
    }
    expect(told[1]).toEqual(told[0]);
  });

  it('O1: a schema that only the search path of a role leads to is named, not overlooked', async () => {
    const url = await openDatabase({ empty: true });
    await run(url, 'create schema bell');
    const own = new URL(url);
    own.searchParams.set('schema', 'bell');
    await migrateDatabase(own.href);
    await run(
      url,
      `alter role current_user in database ${url.pathname.slice(1)} set search_path = bell, public`,
    );
    await expect(checkServer(url.href)).rejects.toThrow(/in the schema bell, .* add \?schema=bell to it/);
    await checkServer(own.href);
  });
});

describe('O3: connections', () => {
  it('O3: a database that allows fewer than DATABASE_CONNECTIONS is named at the start', async () => {
    const url = await openDatabase();
    await run(url, `alter database ${url.pathname.slice(1)} connection limit 7`);
    await expect(checkServer(url.href, { connections: 15 })).rejects.toThrow(
      /allows the database only 7 connections, and DATABASE_CONNECTIONS is 15: allow more, or set .* to 7 or less\.$/,
    );
    await checkServer(url.href, { connections: 7 });
  });

  it('O3: a server that allows fewer is named too', async () => {
    const url = await openDatabase();
    await expect(checkServer(url.href, { connections: 100_000 })).rejects.toThrow(
      /allows the server only \d+ connections, and DATABASE_CONNECTIONS is 100000: allow more, or set .* to \d+ or less\.$/,
    );
  });
});

describe('O6: beside another program in the same database', () => {
  it('O6: a schema of its own keeps tables, migrations and the queue apart', async () => {
    const url = await openDatabase({ empty: true });
    await run(
      url,
      `create table kysely_migration (name varchar(255) primary key, timestamp varchar(255) not null);
       insert into kysely_migration values ('2024-shop', 'then'); create table settings (name text)`,
    );
    await expect(migrateDatabase(url.href)).rejects.toThrow(
      /another program's .*2024-shop.*add \?schema=trialbell to DATABASE_URL/,
    );
    const own = new URL(url);
    own.searchParams.set('schema', 'bell');
    await migrateDatabase(own.href);
    await migrateDatabase(own.href);
    const db = connect(own.href, { max: 1 });
    closers.push(() => db.destroy());
    expect((await dumpRows(db)).filter((line) => line.startsWith('settings'))).toEqual([]);
    expect(await run(url, 'select * from kysely_migration')).toHaveLength(1);
  });
});
