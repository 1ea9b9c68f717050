import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { App } from '../../src/app.ts';
import { releaseChanges } from '../../src/db/ingest/changes.ts';
import { importTrials } from '../../src/jobs/ingest/import.ts';
import { pollRegistry } from '../../src/jobs/ingest/poll.ts';
import { withBenchApp } from './app.ts';
import { startMailSink } from './mail-sink.ts';
import { planAndSend, sealAddresses } from './month.ts';
import { type Reading, sizesOfRecords, timeReading, vacuum } from './reading-clock.ts';

/** A registry read whole, and the days after. */
export type RegistryRun = {
  count: number;
  readings: Reading[];
  /** During the import, after each tenth: seconds so far, and the process's memory then and at its peak in that tenth. */
  tenths: { records: number; seconds: number; megabytes: number; peakMegabytes: number }[];
  /** In bytes with indexes: of each table and index after the import and at the end, and of the whole database. */
  bytesPerTrial: Record<string, number>;
  bytesPerTrialAtTheEnd: Record<string, number>;
  databaseBytes: number;
  /** From the beginning of the normal day's poll to the mail server's last answer. What was held was released at once. */
  mails: { readers: number; mails: number; held: number; sink: string; seconds: number };
};

const readers = 1_000;
const conditionsFollowed = 200;

// A process of its own, so that its memory is that of one reader: `registry-run.ts RECORDS`.
const count = Number(process.argv[2]);
let now = '2026-11-20T12:00:00.000Z';
const registry = fork(join(import.meta.dirname, 'registry-server.ts'), [String(count)]);
const sink = await startMailSink();
try {
  const port = await firstMessage(registry);
  const variables = {
    REGISTRIES: 'ctgov',
    CTGOV_URL: `http://127.0.0.1:${port}/api/v2`,
    CTGOV_PACE_MS: '0',
    SMTP_URL: `smtp://127.0.0.1:${sink.port}`,
    SECRET_KEY: 'a key of the bench alone, which is long enough',
    MAIL_RATE_PER_DOMAIN: '0',
  };
  process.send?.(await withBenchApp(variables, () => now, measure));
} finally {
  registry.disconnect();
  await sink.close();
}

async function measure(app: App): Promise<RegistryRun> {
  const { context } = app;
  const { db } = context;
  const ctgov = context.registries.get('ctgov');
  if (!ctgov) throw new Error('no registry');
  const readings: Reading[] = [];
  const read = async (what: string, work: Parameters<typeof timeReading>[2]) => {
    const reading = await timeReading(db, what, work);
    readings.push(reading);
    await vacuum(db);
    return reading;
  };
  const poll = () => pollRegistry(context, ctgov);
  const tenths = watchTenths();
  await read('import', () => importTrials(context, ctgov, { kind: 'all' }, tenths.note)).finally(tenths.stop);
  const bytesPerTrial = await sizesOfRecords(db, count);
  await poll();
  begin('some', 21);
  await read('first refresh of a month: all are read again', poll);
  await follow(app);
  begin('some', 22);
  const day = await read('normal day', poll);
  const mails = await mailAll(app, day.seconds);
  begin('respelled', 23);
  await read('day that respells all', poll);
  for (const next of [24, 25, 26]) begin('some', next);
  await read('after three days', poll);
  const { rows } = await sql<{
    size: number;
  }>`select pg_database_size(current_database())::float8 as size`.execute(db);
  return {
    ...{ count, readings, tenths: tenths.noted, bytesPerTrial, mails },
    bytesPerTrialAtTheEnd: await sizesOfRecords(db, count),
    databaseBytes: rows[0]?.size ?? 0,
  };
}

/** Begins the next day of the registry. */
function begin(word: string, day: number): void {
  registry.send(word);
  now = `2026-11-${day}T12:00:00.000Z`;
}

/** Looks at the clock and the memory whenever another tenth of the records is stored. */
function watchTenths() {
  const noted: RegistryRun['tenths'] = [];
  const startedAt = performance.now();
  let peak = 0;
  const look = () => {
    const megabytes = process.memoryUsage.rss() / 1e6;
    peak = Math.max(peak, megabytes);
    return megabytes;
  };
  const timer = setInterval(look, 20);
  return {
    noted,
    note(records: number) {
      if (records < ((noted.length + 1) * count) / 10) return;
      const megabytes = look();
      noted.push({
        records,
        seconds: (performance.now() - startedAt) / 1_000,
        megabytes,
        peakMegabytes: peak,
      });
      peak = 0;
    },
    stop: () => clearInterval(timer),
  };
}

/** A thousand people follow, at once, one each of the conditions that most trials are about. */
async function follow(app: App): Promise<void> {
  const { db } = app.context;
  await sql`insert into subscribers (address, address_hash, domain_hash, language, timezone, hour, created_at)
    select int4send(n), int4send(n), int4send(n % 500), 'en', 'UTC', 12, ${now} from generate_series(1, ${readers}) n`.execute(
    db,
  );
  await sealAddresses(app, readers);
  await sql`with common as (
      select topic, row_number() over (order by count(*) desc, topic) as n from trials, unnest(topics) topic
      where topic like 'concept:%' group by topic order by n limit ${conditionsFollowed})
    insert into subscriptions (subscriber_id, state, kind, registry, words, concept_id, concept_term, topics, facets,
      frequency, position, watching_since, created_at, active_at)
    select p.id, 'active', 'condition', 'ctgov', c.topic, substr(c.topic, 9), c.topic, array[c.topic],
      '{status,dates,results,sites}', 'immediate', (select value from counters where name = 'position'), ${now}, ${now}, ${now}
    from subscribers p join common c on c.n = 1 + p.id % ${conditionsFollowed}`.execute(db);
  await sql`insert into consents (subscription_id, wording_version, wording_hash, way, min_age, given_at)
    select id, '1', 'x', 'bench', 16, ${now} from subscriptions`.execute(db);
  await sql`analyze`.execute(db);
}

/** Releases what the poll held, plans, and sends until nothing is due. */
async function mailAll(app: App, secondsOfPoll: number): Promise<RegistryRun['mails']> {
  const { db } = app.context;
  const startedAt = performance.now();
  const { numAffectedRows = 0n } =
    await sql`update changes set state = 'pending' where state = 'held'`.execute(db);
  await db.transaction().execute((tx) => releaseChanges(tx, 'ctgov', now));
  await planAndSend(app);
  const seconds = secondsOfPoll + (performance.now() - startedAt) / 1_000;
  const { rows } = await sql<{
    sent: number;
  }>`select count(*)::int as sent from deliveries where phase = 'sent'`.execute(db);
  return { readers, mails: rows[0]?.sent ?? 0, held: Number(numAffectedRows), sink: sink.name, seconds };
}

async function firstMessage(child: ChildProcess): Promise<unknown> {
  const [message] = await once(child, 'message');
  return message;
}
