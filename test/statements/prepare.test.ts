import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { SessionClient } from '../../src/postgres/session-client.ts';
import { openQueues } from '../../src/queue/open.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { readStatements } from '../support/statements-read.ts';

/** A table that tests of the embedded server make, and BullMQ's own bookkeeping, which `migrate` below runs here itself. */
const othersTables = /\b(?:from|into|update)\s+(?:kept|migration)\b/i;

/** What ran on the first combination in this run, from files that do not run on the second one. */
const statements = readStatements(inject('statements')).filter(([, text]) => !othersTables.test(text));

describe('each statement is one that the other PostgreSQL understands', () => {
  let database: TestDatabase;
  let client: SessionClient;
  beforeAll(async () => {
    database = await createTestDatabase();
    const { url } = database;
    const queues = await openQueues({ databaseUrl: url, redisUrl: null, log: pino({ level: 'silent' }) });
    await queues.migrate();
    await queues.close();
    client = new SessionClient({ connectionString: url });
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await database?.drop();
  });

  it.each(statements)('%s', async (_shape, statement) => {
    await client.query(`prepare one as ${statement}`);
    await client.query('deallocate one');
  });

  it('and would refuse one that it does not understand', async () => {
    expect(statements.length).toBeGreaterThan(0);
    await expect(client.query('prepare one as select no_such_column from trials')).rejects.toThrow(
      'no_such_column',
    );
  });
});
