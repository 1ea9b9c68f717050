import { rmSync } from 'node:fs';
import { constants } from 'node:os';
import type { TestProject } from 'vitest/node';
import { migrateDatabase } from '../../src/db/maintenance/migrate.ts';
import { makeBuiltProgram } from './built-program.ts';
import { templateName } from './database-template.ts';
import {
  hasPostgres15,
  makeFolder,
  redisProgram,
  type Servers,
  type Started,
  startPostgres15,
  startPostgres18,
  startRedis,
  withClient,
} from './servers.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    combination: 'first' | 'second';
    servers: Servers;
    /** The folder in which the statements of a run are kept, to be prepared on the other PostgreSQL. */
    statements: string;
    /** The path of the program's `bin.js` as `makeBuiltProgram` makes it; not for projects without servers. */
    program?: string;
  }
}

/** All projects of a run share these servers, although vitest loads this file again for each project. */
type Shared = {
  users: number;
  ending: Promise<void> | null;
  combinations: Map<string, Promise<Servers>>;
  stops: (() => Promise<void>)[];
  statements: string;
  program: Promise<string>;
};
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
  const servers = await starting.catch(async (error) => {
    await stopAll(shared);
    throw error;
  });
  // The run was interrupted: the process ends once everything has stopped, so start nothing new.
  if (shared.ending) await new Promise(() => {});
  project.provide('servers', servers);
  project.provide('statements', shared.statements);
  project.provide('program', await shared.program);
  project.onTestsRerun(async () => project.provide('program', await makeBuiltProgram()));
}

/** Stops all servers after the last project. */
export async function teardown(): Promise<void> {
  const shared = holder[key];
  if (!shared) return;
  shared.users -= 1;
  if (shared.users === 0) await stopAll(shared);
}

function newShared(): Shared {
  const statements = makeFolder();
  const stops = [async () => rmSync(statements, { recursive: true })];
  const program = makeBuiltProgram();
  program.catch(() => {}); // Each project's setup throws it.
  const shared: Shared = { users: 0, ending: null, combinations: new Map(), stops, statements, program };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // Vitest ends the process a millisecond after a signal, but the servers need time to stop.
    process.removeAllListeners(signal);
    process.once(signal, () => {
      stopAll(shared).finally(() => process.exit(128 + constants.signals[signal]));
    });
  }
  return shared;
}

async function start(combination: 'first' | 'second', shared: Shared): Promise<Servers> {
  const second = combination === 'second';
  const keep = async (starting: Promise<Started>) => {
    const { url, stop } = await starting;
    shared.stops.push(stop);
    return url;
  };
  const databaseUrl = await keep(
    second && hasPostgres15 ? startPostgres15({ role: 'set otherwise' }) : startPostgres18(),
  );
  await makeTemplate(databaseUrl);
  const redisUrl = second && redisProgram ? await keep(startRedis()) : null;
  return { databaseUrl, redisUrl };
}

async function makeTemplate(databaseUrl: string): Promise<void> {
  await withClient(databaseUrl, (client) =>
    client.query(`create database ${templateName} encoding 'UTF8' template template0`),
  );
  const url = new URL(databaseUrl);
  url.pathname = `/${templateName}`;
  await migrateDatabase(url.href);
}

function stopAll(shared: Shared): Promise<void> {
  shared.ending ??= (async () => {
    await Promise.allSettled(shared.combinations.values());
    await Promise.all(shared.stops.splice(0).map((stop) => stop()));
    delete holder[key];
  })();
  return shared.ending;
}
