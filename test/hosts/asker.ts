import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { connect, isDatabaseAway } from '../../src/db/connect.ts';

// A process that asks the database whose URL it is given something that takes a while, and says what came of it.
const db = connect(process.argv[2] ?? '');
const answer = sql`select 'asked', pg_sleep(5)`.execute(db);
const isAtServer = async () =>
  (
    await sql`select from pg_stat_activity where query like 'select ''asked''%' and state = 'active'`.execute(
      db,
    )
  ).rows.length > 0;
while (!(await isAtServer())) await sleep(20);
process.send?.('asked');
const said = await answer.then(
  () => 'an answer',
  (error) => (isDatabaseAway(error) ? 'the database is away' : String(error)),
);
process.send?.(said);
process.once('disconnect', () => process.exit(0));
