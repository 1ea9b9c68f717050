import type { TestProject } from 'vitest/node';
import { migrateDatabase } from '../../src/db/migrate.ts';
import { templateName } from './database-template.ts';
import {
  hasPostgres15,
  redisProgram,
  type Servers,
  startPostgres15,
  startPostgres18,
  startRedis,
  withClient,
} from './servers.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    combination: 'first' | 'second';
    servers: Servers;
  }
}

/** All projects of one run share their servers; vitest loads this file anew for each of them. */
type Shared = { users: number; combinations: Map<string, Promise<Servers>>; stops: (() => Promise<void>)[] };
const key = Symbol.for('trialbell.test.servers');
const holder = globalThis as typeof globalThis & { [key]?: Shared };

/** Starts the servers of a project's combination, once per run. */
export async function setup(project: TestProject): Promise<void> {
  holder[key] ??= newShared();
  const shared = holder[key];
  shared.users += 1;
  const { combination } = project.getProvidedContext();
  let starting = shared.combinations.get(combination);
  if (!starting) {
    starting = start(combination, shared);
    shared.combinations.set(combination, starting);
  }
  try {
    project.provide('servers', await starting);
  } catch (error) {
    await stopAll(shared);
    throw error;
  }
}

/** Stops all servers after the last project. */
export async function teardown(): Promise<void> {
  const shared = holder[key];
  if (!shared) return;
  shared.users -= 1;
  if (shared.users === 0) await stopAll(shared);
}

function newShared(): Shared {
  const shared: Shared = { users: 0, combinations: new Map(), stops: [] };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      stopAll(shared).finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
    });
  }
  return shared;
}

async function start(combination: 'first' | 'second', shared: Shared): Promise<Servers> {
  const second = combination === 'second';
  const postgres = second && hasPostgres15 ? await startPostgres15() : await startPostgres18();
  shared.stops.push(postgres.stop);
  await makeTemplate(postgres.url);
  if (!second || !redisProgram) return { databaseUrl: postgres.url, redisUrl: null };
  const redis = await startRedis();
  shared.stops.push(redis.stop);
  return { databaseUrl: postgres.url, redisUrl: redis.url };
}

async function makeTemplate(databaseUrl: string): Promise<void> {
  await withClient(databaseUrl, (client) =>
    client.query(`create database ${templateName} encoding 'UTF8' template template0`),
  );
  const url = new URL(databaseUrl);
  url.pathname = `/${templateName}`;
  await migrateDatabase(url.href);
}

async function stopAll(shared: Shared): Promise<void> {
  delete holder[key];
  await Promise.all(shared.stops.splice(0).map((stop) => stop()));
}
