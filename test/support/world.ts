import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { pino } from 'pino';
import PostalMime, { type Email } from 'postal-mime';
import { afterEach } from 'vitest';
import { type Config, readConfig } from '../../src/config.ts';
import type { Change, Facet } from '../../src/core/change.ts';
import type { RunFigures } from '../../src/core/run-figures.ts';
import type { Instant, Trial } from '../../src/core/trial.ts';
import { connect } from '../../src/db/connect.ts';
import { type StoredVersion, storedVersion, trialIn } from '../../src/db/stored-trial.ts';
import {
  type RecordedDay,
  type RecordedRegistry,
  serveRecordedRegistry,
} from '../../src/demo/recorded-registry.ts';
import type { Context } from '../../src/jobs/context.ts';
import { type PollResult, pollRegistry } from '../../src/jobs/ingest/poll.ts';
import { type Round, runRound } from '../../src/jobs/round.ts';
import { type Subscribed, type SubscribeWish, subscribe } from '../../src/jobs/subscribers/subscribe.ts';
import { openKeys } from '../../src/keys.ts';
import { openRegistries, type Registry } from '../../src/registries/registry.ts';
import { createTestDatabase } from './database.ts';
import { dumpRows } from './dump.ts';

/** A stored change for tests. `position` is null until it is released. */
export type SeenChange = {
  id: number;
  trial: string;
  version: number;
  position: number | null;
  state: string;
  facet: Facet;
  kind: string;
  change: Change;
  topics: string[];
  otherTopics: string[] | null;
};

/** A mail in the outbox; `message` is the raw file. */
export type SeenMail = Email & { message: string };

/** A person's subscriptions, with the form's defaults for the rest; confirmed by hand unless `consent` is null. */
export type Wish = Partial<Omit<SubscribeWish, 'email'>>;

export type WorldOptions = {
  /** The registry's days, of which the first is served; `refresh` adds more. */
  days?: RecordedDay[];
  /** The first instant of the clock; by default 2026-11-02T12:00:00.000Z. */
  now?: Instant;
  synonyms?: string[][];
  maxPageSize?: number;
  config?: Partial<Config>;
  /** Recorded registries beside ClinicalTrials.gov. */
  registries?: Config['registries'];
  /** A migrated database of the test's own; by default one is made, and dropped at the end. */
  databaseUrl?: string;
};

/**
 * The program with its own real, empty database, a recorded registry over real HTTP, a clock that stands still until
 * it is set, and mails that go to an outbox folder:
 *
 *     const world = await openWorld({ days: [{ timestamp: '2026-11-02T09:00:04', studies: [makeStudy()] }] });
 * await world.subscribe('ann@example.net', { trials: ['NCT09900001'] });     world.refresh('2026-11-03T09:00:04',
 * [changed]);     world.setNow('2026-11-03T12:00:00Z');     await world.round();     expect((await
 * world.mails())[0]?.text).toContain('…');     await world.close();
 */
export type World = {
  context: Context;
  databaseUrl: string;
  recorded: RecordedRegistry;
  /** The adapter of the recorded registry. */
  registry: Registry;
  setNow(now: Instant): void;
  /** Moves the registry to new studies with a new timestamp. */
  refresh(timestamp: string, studies: unknown[]): void;
  /** The program as another process: with its own pool and lease holder, and `changes` to its context. */
  another(changes?: Partial<Context>): Context;
  /** Polls the registry; fails if another process reads it. */
  poll(context?: Context): Promise<PollResult>;
  round(): Promise<Round>;
  subscribe(email: string, wish: Wish): Promise<Subscribed[]>;
  /** Every stored change, oldest first, or those of one trial. */
  changes(trial?: string): Promise<SeenChange[]>;
  /** The stored versions of a trial, oldest first. */
  versions(trial: string): Promise<Trial[]>;
  runs(): Promise<
    ({ id: number; kind: string; outcome: string | null; reason: string | null } & RunFigures)[]
  >;
  /** The mails in the outbox, oldest first, or those to one address. */
  mails(to?: string): Promise<SeenMail[]>;
  /** The whole database as text, one `table: row` per line. */
  dump(): Promise<string[]>;
  close(): Promise<void>;
};

/** Opens worlds in a test file, and always closes each after its test. */
export function useWorlds(): (options?: WorldOptions) => Promise<World> {
  const opened: World[] = [];
  afterEach(async () => {
    for (const world of opened.splice(0)) await world.close();
  });
  return async (options) => {
    const world = await openWorld(options);
    opened.push(world);
    return world;
  };
}

/** Opens a world. Always close it: that checks that no connection was left open. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const days = options.days ? [...options.days] : [{ timestamp: '2026-11-02T09:00:04', studies: [] }];
  const { synonyms, maxPageSize } = options;
  const recorded = await serveRecordedRegistry({
    days,
    ...(synonyms ? { synonyms } : {}),
    ...(maxPageSize ? { maxPageSize } : {}),
  });
  const database = options.databaseUrl
    ? { url: options.databaseUrl, drop: async () => {} }
    : await createTestDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), 'trialbell-world-'));
  let now = normalise(options.now ?? '2026-11-02T12:00:00Z');
  const config: Config = {
    ...readConfig({
      DATA_DIR: dataDir,
      BASE_URL: 'https://bell.example.org',
      REGISTRIES: 'ctgov',
      CTGOV_URL: recorded.url,
      CTGOV_PACE_MS: '0',
    }),
    ...options.config,
  };
  Object.assign(config.registries, options.registries);
  const keys = openKeys('a key of the tests alone, forty characters');
  const pools: Context['db'][] = [];
  const another = (changes: Partial<Context> = {}): Context => {
    const db = connect(database.url, { max: 4 });
    pools.push(db);
    const shared = {
      userAgent: 'Trialbell/0 (+mailto:bell@example.org)',
      now: () => now,
      sleep: async () => {},
    };
    return {
      config,
      db,
      keys,
      log: pino({ level: 'silent' }),
      now: () => now,
      registries: openRegistries(config.registries, shared),
      enqueue: async () => false,
      holder: `holder-${pools.length}`,
      demo: false,
      patienceMs: 0,
      ...changes,
    };
  };
  const context = another();
  const registry = context.registries.get('ctgov');
  if (!registry) throw new Error('no registry');
  const { db } = context;
  return {
    context,
    databaseUrl: database.url,
    recorded,
    registry,
    setNow(instant) {
      now = normalise(instant);
    },
    refresh(timestamp, studies) {
      days.push({ timestamp, studies });
      recorded.setDay(days.length - 1);
    },
    another,
    async poll(by = context) {
      const polled = await pollRegistry(by, by.registries.get('ctgov') ?? registry);
      if (!polled) throw new Error('another holder reads this registry');
      return polled;
    },
    round: () => runRound(context, []),
    subscribe: (email, wish) =>
      subscribe(context, {
        trials: [],
        conditions: [],
        frequency: null,
        hour: null,
        timezone: null,
        facets: null,
        consent: 'on paper, November 2, 2026',
        ...wish,
        email,
      }),
    async changes(trial) {
      const { rows } = await sql<SeenChange>`
        select c.id, t.registry_id as trial, c.version, c.position, c.state, c.facet, c.kind, c.change, c.topics,
          c.other_topics as "otherTopics"
        from changes c join trials t on t.id = c.trial_id
        where ${trial ?? null}::text is null or t.registry_id = ${trial ?? null} order by c.id`.execute(db);
      return rows;
    },
    async versions(trial) {
      const { rows } = await sql<StoredVersion>`
        select ${storedVersion} from trial_versions v join trials t on t.id = v.trial_id
        where t.registry_id = ${trial} order by v.version`.execute(db);
      return rows.map(trialIn);
    },
    runs: () => db.selectFrom('runs').selectAll().orderBy('id').execute(),
    mails: (to) => readMails(join(config.dataDir, 'outbox'), to),
    dump: () => dumpRows(db),
    async close() {
      await Promise.all(pools.map((pool) => pool.destroy()));
      await recorded.close();
      rmSync(dataDir, { recursive: true, force: true });
      await database.drop();
    },
  };
}

function normalise(instant: Instant): Instant {
  return new Date(instant).toISOString();
}

async function readMails(folder: string, to?: string): Promise<SeenMail[]> {
  const files = await readdir(folder).catch(() => []);
  const messages = await Promise.all(
    files
      .filter((file) => file.endsWith('.eml'))
      .sort()
      .map((file) => readFile(join(folder, file), 'utf8')),
  );
  const mails = await Promise.all(
    messages.map(async (message) => ({ ...(await PostalMime.parse(message)), message })),
  );
  return mails.filter((mail) => !to || mail.to?.some(({ address }) => address === to));
}
