import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type App, openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { serveRecordedRegistry } from '../../src/demo/recorded-registry.ts';
import { runRound } from '../../src/jobs/round.ts';
import { subscribe } from '../../src/jobs/subscribers/subscribe.ts';
import { compileCache } from './compile-cache.ts';
import { type CrashPoint, openCountingProxy } from './counting-proxy.ts';
import { withClient } from './servers.ts';
import { type SmtpSink, startSmtpSink } from './smtp-sink.ts';
import { study } from './study.ts';
import { type Crashed, inspect, readFacts } from './torture-inspect.ts';

/** A due round: the registry has changed, and people follow the changed trials. Rounds crash on copies of it. */
export type OwedRound = {
  /** The words of a round that runs to its end. */
  words: string[];
  /** Crashes one round after another at these points, then lets rounds finish, and reports the result. */
  crash(points: CrashPoint[]): Promise<Crashed>;
  close(): Promise<void>;
};

const people = ['ann@example.net', 'bob@example.net', 'both@example.net'];
const firstRoundMs = Date.parse('2026-11-04T09:00:00Z');
const key = 'a key of the tests alone, forty characters';

/** Prepares the round on a database server; `prepare` migrates an empty database, and `program` is the `bin.js` to crash. */
export async function prepareOwedRound(
  serverUrl: string,
  prepare: (databaseUrl: string) => Promise<void>,
  program = join(import.meta.dirname, '../../src/bin.js'),
): Promise<OwedRound> {
  const folder = mkdtempSync(join(tmpdir(), 'trialbell-crash-'));
  const recorded = await serveRecordedRegistry({ days: recordedDays() });
  const variables = {
    SECRET_KEY: key,
    BASE_URL: 'https://bell.example.org',
    REGISTRIES: 'ctgov',
    CTGOV_URL: recorded.url,
    CTGOV_PACE_MS: '0',
    LOG_LEVEL: 'silent',
    DATA_DIR: folder,
    NODE_COMPILE_CACHE: compileCache,
  };
  const open = (databaseUrl: string, now: string, smtpUrl?: string): Promise<App> => {
    const env = { ...variables, DATABASE_URL: databaseUrl, ...(smtpUrl ? { SMTP_URL: smtpUrl } : {}) };
    return openApp(readConfig(env), { log: pino({ level: 'silent' }), now: () => now });
  };
  const template = await createDatabase(serverUrl, 'template0');
  await prepare(template.url);
  await promise(await open(template.url, '2026-11-02T12:00:00.000Z'));
  recorded.setDay(1);

  /** Runs `once` in a process through the proxies, to its crash or its end. Returns its words to the servers. */
  async function runOnce(databaseUrl: string, sink: SmtpSink, asOf: string, crash: CrashPoint | null) {
    const url = new URL(databaseUrl);
    let child: ReturnType<typeof spawn> | null = null;
    const proxy = await openCountingProxy({
      databasePort: Number(url.port),
      smtpPort: sink.port,
      crash,
      kill: () => void child?.kill('SIGKILL'),
    });
    url.port = `${proxy.databasePort}`;
    const env = { ...variables, DATABASE_URL: url.href, SMTP_URL: `smtp://127.0.0.1:${proxy.smtpPort}` };
    child = spawn(process.execPath, [program, 'once', '--as-of', asOf], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const [code] = (await once(child, 'close')) as [number | null];
    await proxy.close();
    return { words: proxy.words, goneAhead: proxy.goneAhead, code, stderr };
  }

  async function crashAndMend(points: CrashPoint[]) {
    const database = await createDatabase(serverUrl, template.name);
    const sink = await startSmtpSink();
    const broken: string[] = [];
    const goneAhead = new Set<string>();
    let reached = 0;
    let words: string[] = [];
    let minutes = 0;
    const after = (more: number) => {
      minutes += more;
      return new Date(firstRoundMs + minutes * 60_000).toISOString();
    };
    try {
      for (const point of points.length > 0 ? points : [null]) {
        const ran = await runOnce(database.url, sink, after(1), point);
        words = ran.words;
        for (const to of ran.goneAhead) goneAhead.add(to);
        const isReached = point !== null && ran.words.length >= point.at;
        if (/^\s+at /m.test(ran.stderr)) broken.push(`a stack: ${ran.stderr}`);
        if (isReached) {
          reached += 1;
          if ((ran.code === null) !== (point.how === 'kill')) broken.push(`it ended with ${ran.code}`);
        } else if (ran.code !== 0)
          broken.push(`a round ended with ${ran.code} by itself: ${ran.stderr.trim()}`);
        await expireLeases(database.url);
      }
      // An unanswered attempt is repeated after half an hour.
      for (const more of [5, 40, 40]) {
        const app = await open(database.url, after(more), sink.url);
        await runRound(app.context, []).finally(app.close);
      }
      const app = await open(database.url, after(1), sink.url);
      const facts = await readFacts(app);
      const seen = await inspect(app, sink, { people, goneAhead }).finally(app.close);
      broken.push(...seen.broken);
      return { ...seen, broken, words, facts, reached };
    } finally {
      await sink.close();
      await database.drop();
    }
  }

  const whole = await crashAndMend([]);
  if (whole.broken.length > 0) throw new Error(`a round without a crash: ${whole.broken.join('; ')}`);
  return {
    words: whole.words,
    async crash(points) {
      const { broken, facts, words, reached, ambiguous, doubled } = await crashAndMend(points);
      if (JSON.stringify(facts) !== JSON.stringify(whole.facts))
        broken.push(`other facts than without a crash: ${JSON.stringify(facts)}`);
      const where = points
        .map(
          ({ at, side, how }, n) =>
            `${how} ${side} ${at} ${n === points.length - 1 ? (words[at - 1] ?? '') : ''}`,
        )
        .join(', then ');
      const told = broken.map((sentence) => `${where}: ${sentence}`);
      return { broken: told, reached, ambiguous, doubled };
    },
    async close() {
      await recorded.close();
      await template.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function recordedDays() {
  const added = { firstPostedOn: '2026-11-03', updatedOn: '2026-11-03' };
  return [
    { timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001'), study('NCT09900002')] },
    {
      timestamp: '2026-11-03T09:00:04',
      studies: [
        study('NCT09900001', { status: 'SUSPENDED', whyStopped: 'Drug supply', updatedOn: '2026-11-03' }),
        study('NCT09900002', { updatedOn: '2026-11-03', completion: '2031-01-01' }),
        study('NCT09900003', added),
      ],
    },
  ];
}

/** Adds people who follow a trial, a condition, and both, with the program itself. */
async function promise(app: App): Promise<void> {
  for (const [n, email] of people.entries()) {
    await subscribe(app.context, {
      email,
      trials: n === 1 ? [] : ['NCT09900001'],
      conditions: n === 0 ? [] : ['asthma'],
      frequency: 'daily',
      hour: 9,
      timezone: 'UTC',
      facets: null,
      consent: 'on paper, November 2, 2026',
    });
  }
  await app.close();
}

/** Expires the leases of a dead process at once. */
async function expireLeases(databaseUrl: string): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    await client.query('update deliveries set lease_until = clock_timestamp() where lease_until is not null');
    await client.query('update leases set expires_at = clock_timestamp()');
  });
}

async function createDatabase(serverUrl: string, template: string) {
  const name = `crash_${randomBytes(6).toString('hex')}`;
  await withClient(serverUrl, (client) =>
    client.query(`create database ${name} encoding 'UTF8' template ${template}`),
  );
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    name,
    url: url.href,
    // A killed client may still be connected: terminate our own connections.
    drop: () =>
      withClient(serverUrl, async (client) => {
        await client.query(
          `select pg_terminate_backend(pid, 5000) from pg_stat_activity
           where datname = $1 and backend_type = 'client backend'`,
          [name],
        );
        await client.query(`drop database if exists ${name}`);
      }),
  };
}
