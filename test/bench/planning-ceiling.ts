import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../src/db/connect.ts';
import { countProcessor, type ProcessorSeconds } from './processor.ts';

/** What the plain statements took. */
export type Ceiling = { seconds: number; processorSeconds: ProcessorSeconds };

/** As many transactions at once as planning has. */
const atOnce = 3;

/**
 * Takes back what planning wrote and writes the same rows again, people in order of their ids: plain statements from
 * copies, `batch` people in a transaction, with the same indexes and foreign keys.
 */
export async function measureCeiling(db: Db, batch: number): Promise<Ceiling> {
  const run = (statement: string) => sql.raw(statement).execute(db);
  await run(`create table copied_people as
    select id, next_due_at, last_digest_at, (row_number() over (order by id) - 1) / ${batch} as batch from subscribers`);
  await run(`create index on copied_people (id)`);
  await run(`create table copied_follows as select s.id, s.position, s.next_due_at, p.batch
    from subscriptions s join copied_people p on p.id = s.subscriber_id order by p.batch`);
  const hasContents = await run(`select from pg_class where relname = 'digest_contents'`);
  const own = { digests: 'subscriber_id', digest_items: 'subscriber_id', deliveries: 'subscriber_id' };
  for (const [table, person] of Object.entries(own)) {
    const isNew = table === 'digest_items' ? 'where change_id > (select max(id) / 2 from changes)' : '';
    await run(`create table copied_${table} as select t.*, p.batch from ${table} t
      join copied_people p on p.id = t.${person} ${isNew} order by p.batch, ${table === 'digest_items' ? person : 'id'}`);
  }
  const contents = hasContents.rows.length > 0;
  if (contents) await run('create table copied_contents as select * from digest_contents order by id');
  await run(`delete from digest_items where change_id > (select max(id) / 2 from changes)`);
  await run(`truncate digests, deliveries${contents ? ', digest_contents' : ''} cascade`);
  await run(`update subscribers set next_due_at = '2026-11-20T15:00:00Z', last_digest_at = null`);
  await run(`update subscriptions set next_due_at = '2026-11-20T15:00:00Z', position = position - 4000`);
  for (const table of ['people', 'follows', ...Object.keys(own)])
    await run(`create index on copied_${table} (batch)`);
  for (const table of ['subscribers', 'subscriptions', 'digest_items'])
    await run(`vacuum full analyze ${table}`);
  await run('vacuum analyze');
  const columns = await columnsOf(db, Object.keys(own));
  const { rows } = await sql<{ last: number }>`select max(batch)::int as last from copied_people`.execute(db);
  const readProcessor = await countProcessor(db);
  const startedAt = performance.now();
  if (contents)
    await run(
      'insert into digest_contents overriding system value select id, content, made_at from copied_contents',
    );
  let next = 0;
  const writer = async () => {
    for (let n = next++; n <= (rows[0]?.last ?? 0); n = next++) await writeBatch(db, sql.lit(n), columns);
  };
  await Promise.all(Array.from({ length: atOnce }, writer));
  const seconds = (performance.now() - startedAt) / 1000;
  return { seconds, processorSeconds: await readProcessor() };
}

async function writeBatch(db: Db, batch: RawBuilder<unknown>, columns: Map<string, string>): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`select from subscribers where id in (select id from copied_people where batch = ${batch})
      order by id for update`.execute(tx);
    for (const [table, names] of columns)
      await sql`insert into ${sql.table(table)} (${sql.raw(names)}) ${sql.raw(table === 'digest_items' ? '' : 'overriding system value')}
        select ${sql.raw(names)} from ${sql.table(`copied_${table}`)} where batch = ${batch}`.execute(tx);
    await sql`update subscriptions s set position = c.position, next_due_at = c.next_due_at
      from copied_follows c where c.batch = ${batch} and s.id = c.id`.execute(tx);
    await sql`update subscribers s set next_due_at = c.next_due_at, last_digest_at = c.last_digest_at
      from copied_people c where c.batch = ${batch} and s.id = c.id`.execute(tx);
  });
}

async function columnsOf(db: Db, tables: string[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ name: string; columns: string }>`
    select table_name as name, string_agg(quote_ident(column_name), ', ' order by ordinal_position) as columns
    from information_schema.columns where table_schema = 'public' and table_name = any(${tables}::text[])
    group by 1`.execute(db);
  const found = new Map(rows.map(({ name, columns }) => [name, columns]));
  // In the order of their foreign keys.
  return new Map(tables.map((name) => [name, found.get(name) ?? '']));
}
