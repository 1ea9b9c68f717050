import { once } from 'node:events';
import { sql } from 'kysely';
import { connect, isDatabaseAway } from '../../src/db/connect.ts';

// A process that asks the database whose URL it is given something that takes a while, and, once it is told to, something
// else over another connection that is open. It says what came of each.
const db = connect(process.argv[2] ?? '', { max: 2 });
const told = (answer: Promise<unknown>) =>
  answer.then(
    () => 'an answer',
    (error) => (isDatabaseAway(error) ? 'the database is away' : String(error)),
  );
const slow = told(sql`select 'asked', pg_sleep(5)`.execute(db));
const isAtServer = async () =>
  (
    await sql`select from pg_stat_activity where query like 'select ''asked''%' and state = 'active'`.execute(
      db,
    )
  ).rows.length > 0;
while (!(await isAtServer()));
// By then the server has acknowledged the statement, which it does within 40 ms.
await sql`select pg_sleep(0.5)`.execute(db);
process.send?.('asked');
await once(process, 'message');
process.send?.(await Promise.all([slow, told(sql`select 'lost'`.execute(db))]));
process.once('disconnect', () => process.exit(0));
