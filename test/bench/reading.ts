import { type ChildProcess, fork } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type App, openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { importTrials } from '../../src/jobs/ingest/import.ts';
import { createLog } from '../../src/log.ts';
import { watchMemory } from './memory.ts';

/** The cost of an import of `count` trials, with the ceiling in the same run. Times in seconds. */
export type ReadingResult = {
  count: number;
  megabytes: number;
  seconds: number;
  /** JSON.parse of the same bytes, plus one plain bulk insert of the same rows. */
  ceilingSeconds: number;
  /** Peak memory of this process beyond what it held before, in megabytes. */
  peakMegabytes: number;
};

/** Reads `count` real-size records over HTTP into an empty database through the product's own import. */
export async function benchReading(count: number): Promise<ReadingResult> {
  const folder = mkdtempSync(join(tmpdir(), 'trialbell-bench-'));
  // As root, PostgreSQL runs as another user, who has to get in.
  chmodSync(folder, 0o711);
  const registry = fork(join(import.meta.dirname, 'registry-server.ts'), [String(count)]);
  const url = `http://127.0.0.1:${await firstMessage(registry)}/api/v2`;
  let app: App | null = null;
  try {
    const config = readConfig({ DATA_DIR: folder, REGISTRIES: 'ctgov', CTGOV_URL: url, CTGOV_PACE_MS: '0' });
    app = await openApp(config, { log: createLog('warn') });
    const ctgov = app.context.registries.get('ctgov');
    if (!ctgov) throw new Error('no registry');
    const memory = watchMemory();
    const startedAt = performance.now();
    const read = await importTrials(app.context, ctgov, { kind: 'all' });
    const seconds = (performance.now() - startedAt) / 1000;
    const peakMegabytes = memory.stop();
    if (read.outcome !== 'completed' || read.figures.seen !== count)
      throw new Error(`not all was read: ${read.reason}`);
    const parsed = await timeParsing(url, count);
    const inserted = await timeInserting(app);
    return {
      count,
      megabytes: parsed.megabytes,
      seconds,
      ceilingSeconds: parsed.seconds + inserted,
      peakMegabytes,
    };
  } finally {
    await app?.close();
    registry.disconnect();
    rmSync(folder, { recursive: true, force: true });
  }
}

function firstMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the registry of the bench ended with ${code}`)));
  });
}

/** Only the parsing is timed: the bytes are fetched before. */
async function timeParsing(url: string, count: number): Promise<{ seconds: number; megabytes: number }> {
  let ms = 0;
  let bytes = 0;
  for (let from = 0; from < count; from += 1_000) {
    const page = Buffer.from(
      await (await fetch(`${url}/studies?pageSize=1000&pageToken=${from}`)).arrayBuffer(),
    );
    bytes += page.length;
    const startedAt = performance.now();
    JSON.parse(page.toString('utf8'));
    ms += performance.now() - startedAt;
  }
  return { seconds: ms / 1000, megabytes: bytes / 1e6 };
}

/** Inserts the rows that the import wrote once more, into tables like theirs, a thousand a statement. */
async function timeInserting(app: App): Promise<number> {
  const tables = ['trials', 'trial_versions'];
  const client = new pg.Client({ connectionString: app.databaseUrl });
  await client.connect();
  let ms = 0;
  try {
    for (const table of tables) {
      await client.query(`create table plain_${table} (like ${table} including all)`);
      const key = table === 'trials' ? 'id' : 'trial_id';
      for (let after = 0; ; after += 1_000) {
        const { rows, fields } = await client.query(
          `select * from ${table} where ${key} > ${after} and ${key} <= ${after + 1_000}`,
        );
        if (rows.length === 0) break;
        const columns = fields.map((field) => field.name);
        const types = await columnTypes(client, table);
        const values = columns.map((column) => rows.map((row) => asParameter(row[column], types[column])));
        const startedAt = performance.now();
        await client.query(
          `insert into plain_${table} (${columns.join(', ')}) overriding system value
           select ${columns.map((column) => readBack(column, types[column])).join(', ')}
           from unnest(${columns.map((column, n) => `$${n + 1}::${plainType(types[column])}[]`).join(', ')}) as r (${columns.join(', ')})`,
          values,
        );
        ms += performance.now() - startedAt;
      }
    }
  } finally {
    await client.end();
  }
  return ms / 1000;
}

async function columnTypes(client: pg.Client, table: string): Promise<Record<string, string>> {
  const { rows } = await client.query(
    `select attname as name, format_type(atttypid, null) as type from pg_attribute
     where attrelid = $1::regclass and attnum > 0`,
    [table],
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.type]));
}

const asParameter = (value: unknown, type = 'text'): unknown => {
  if (value === null) return null;
  if (type === 'jsonb') return JSON.stringify(value);
  return type === 'text[]' ? (value as string[]).join('\n') : value;
};
const plainType = (type = 'text'): string => (type === 'text[]' || type === 'jsonb' ? 'text' : type);
const readBack = (column: string, type = 'text'): string => {
  if (type === 'text[]') return `string_to_array(r.${column}, E'\\n')`;
  return type === 'jsonb' ? `r.${column}::jsonb` : `r.${column}`;
};
