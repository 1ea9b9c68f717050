import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { connect, type Db } from '../../../src/db/connect.ts';
import { isMigrated, migrateDatabase, refuseNewerSchema } from '../../../src/db/maintenance/migrate.ts';
import { checkSecretKey } from '../../../src/db/settings.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
let db: Db;
async function open(empty: boolean): Promise<void> {
  database = await createTestDatabase({ empty });
  db = connect(database.url, { max: 2 });
}
afterEach(async () => {
  await db.destroy();
  await database.drop();
});

const tables = async () => {
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'public' order by 1`.execute(db);
  return rows.map(({ name }) => name);
};

describe('migrations', () => {
  it('R11: make an empty database whole, from several processes at once', async () => {
    await open(true);
    expect(await isMigrated(db)).toBe(false);
    await Promise.all([1, 2, 3].map(() => migrateDatabase(database.url)));
    expect(await isMigrated(db)).toBe(true);
    expect(await tables()).toEqual(
      expect.arrayContaining(['changes', 'deliveries', 'subscribers', 'trials']),
    );
    await migrateDatabase(database.url);
  });

  it('R11: leave nothing behind when one fails, and say so in a sentence', async () => {
    await open(true);
    await sql`create table deliveries (mine text)`.execute(db);
    await expect(migrateDatabase(database.url)).rejects.toThrow(
      /^The database could not be brought to the newest schema: .*deliveries.* already exists$/,
    );
    expect(await tables()).not.toContain('trials');
  });

  it('R11: an older program refuses a newer schema, and changes nothing', async () => {
    await open(false);
    await sql`insert into kysely_migration values ('999-later', ${new Date(0).toISOString()})`.execute(db);
    await expect(refuseNewerSchema(db)).rejects.toThrow(/made by a newer Trialbell \(it has 999-later\)/);
    await expect(migrateDatabase(database.url)).rejects.toThrow(/newer Trialbell/);
  });
});

describe('R10: the secret key', () => {
  it('R10: the first one seen is the one, also when two processes bring one each', async () => {
    await open(false);
    const brought = await Promise.allSettled([checkSecretKey(db, 'one'), checkSecretKey(db, 'two')]);
    expect(brought.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = brought.find((one) => one.status === 'rejected');
    expect(String(refused?.reason)).toMatch(/made with another SECRET_KEY.*backup/);
  });
});
