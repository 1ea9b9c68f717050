import pg from 'pg';
import type { Db } from '../../src/db/connect.ts';
import { countServer, type ProcessorSeconds } from './processor.ts';

/** JSON.parse of the answers that an import reads, and one plain bulk insert of the rows that it wrote. */
export type ReadingCeiling = { megabytes: number; seconds: number; processorSeconds: ProcessorSeconds };

const atOnce = 1_000;

/** Measures the ceiling of an import of `count` records, after it. Fetching and reading rows back are not counted. */
export async function measureReadingCeiling(
  db: Db,
  databaseUrl: string,
  url: string,
  count: number,
): Promise<ReadingCeiling> {
  const parsed = await timeParsing(url, count);
  const inserted = await timeInserting(db, databaseUrl);
  return {
    megabytes: parsed.megabytes,
    seconds: parsed.clock.seconds + inserted.seconds,
    processorSeconds: { program: parsed.clock.program + inserted.program, database: inserted.database },
  };
}

type Clock = { seconds: number; program: number };

async function timed(clock: Clock, work: () => unknown): Promise<void> {
  const startedAt = performance.now();
  const begun = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(begun);
  clock.seconds += (performance.now() - startedAt) / 1_000;
  clock.program += (user + system) / 1e6;
}

async function timeParsing(url: string, count: number): Promise<{ clock: Clock; megabytes: number }> {
  const clock = { seconds: 0, program: 0 };
  let bytes = 0;
  for (let from = 0; from < count; from += atOnce) {
    const answer = await fetch(`${url}/studies?pageSize=${atOnce}&pageToken=${from}`);
    const page = Buffer.from(await answer.arrayBuffer());
    bytes += page.length;
    await timed(clock, () => JSON.parse(page.toString('utf8')));
  }
  return { clock, megabytes: bytes / 1e6 };
}

/** Inserts the rows that the import wrote once more, into tables like theirs, a thousand a statement. */
async function timeInserting(db: Db, databaseUrl: string): Promise<Clock & { database: number }> {
  const clock = { seconds: 0, program: 0 };
  let database = 0;
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const [table, key] of [
      ['trials', 'id'],
      ['trial_versions', 'trial_id'],
    ] as const) {
      await client.query(`create table plain_${table} (like ${table} including all)`);
      const types = await columnTypes(client, table);
      for (let after = 0; ; after += atOnce) {
        const { rows, fields } = await client.query(
          `select * from ${table} where ${key} > ${after} and ${key} <= ${after + atOnce}`,
        );
        if (rows.length === 0) break;
        const columns = fields.map((field) => field.name);
        const values = columns.map((column) => rows.map((row) => asParameter(row[column], types[column])));
        const readServer = await countServer(db);
        await timed(clock, () =>
          client.query(
            `insert into plain_${table} (${columns.join(', ')}) overriding system value
             select ${columns.map((column) => readBack(column, types[column])).join(', ')}
             from unnest(${columns.map((column, n) => `$${n + 1}::${plainType(types[column])}[]`).join(', ')}) as r (${columns.join(', ')})`,
            values,
          ),
        );
        database += readServer();
      }
    }
  } finally {
    await client.end();
  }
  return { ...clock, database };
}

async function columnTypes(client: pg.Client, table: string): Promise<Record<string, string>> {
  const { rows } = await client.query(
    `select attname as name, format_type(atttypid, null) as type from pg_attribute
     where attrelid = $1::regclass and attnum > 0`,
    [table],
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.type]));
}

const isArray = (type: string) => type.endsWith('[]');
const asParameter = (value: unknown, type = 'text'): unknown => {
  if (value === null) return null;
  if (type === 'jsonb') return JSON.stringify(value);
  return isArray(type) ? (value as unknown[]).join('\n') : value;
};
const plainType = (type = 'text'): string => (isArray(type) || type === 'jsonb' ? 'text' : type);
const readBack = (column: string, type = 'text'): string => {
  if (isArray(type)) return `string_to_array(r.${column}, E'\\n')::${type}`;
  return type === 'jsonb' ? `r.${column}::jsonb` : `r.${column}`;
};
