import { once } from 'node:events';
import { sql } from 'kysely';
import { connect, isDatabaseAway } from '../../src/db/connect.ts';
import { redisBackend } from '../../src/queue/redis-backend.ts';

// A process that asks the database and the Redis whose URLs it is given. The database is asked something that takes a
// while, and, once the process is told to, something else over another connection that is open; Redis, something then. It
// says what came of each.
const [, , databaseUrl = '', redisUrl = ''] = process.argv;
const db = connect(databaseUrl, { max: 2 });
const queue = redisBackend(redisUrl).openQueue('asked').it;
queue.on('error', () => {});
const enqueue = () => queue.addBulk([{ name: 'asked', data: {} }]);
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
await enqueue();
process.send?.('asked');
await once(process, 'message');
const job = enqueue().then(
  () => 'an answer',
  () => 'Redis is away',
);
process.send?.(await Promise.all([slow, told(sql`select 'lost'`.execute(db)), job]));
process.once('disconnect', () => process.exit(0));
