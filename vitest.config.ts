import { availableParallelism } from 'node:os';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { onBothServers } from './test/support/both-servers.ts';
import { compileCache } from './test/support/compile-cache.ts';
import { LongFirst } from './test/support/long-first.ts';
import { useMemoryDisk } from './test/support/memory-disk.ts';
import { hasPostgres15, redisProgram } from './test/support/servers.ts';

useMemoryDisk();
process.env.NODE_COMPILE_CACHE ??= compileCache;

/** What the tests run on: always PostgreSQL 18 alone; once more on Debian's PostgreSQL and Redis, as far as they are here. */
const second = [
  hasPostgres15 ? 'PostgreSQL 15' : 'PostgreSQL 18',
  redisProgram ? 'Redis' : 'queue on PostgreSQL',
].join(', ');
const combinations = [
  { key: 'first', label: 'PostgreSQL 18, queue on PostgreSQL' },
  ...(hasPostgres15 || redisProgram ? [{ key: 'second', label: second }] : []),
] as const;

/** These end what hangs, and nothing else: the machine may be slow, or do other work beside. In milliseconds. */
const patience = { testTimeout: 600_000, hookTimeout: 600_000, expect: { poll: { timeout: 150_000 } } };

/** Test files wait for servers about a third of their time. */
const shared = { ...patience, maxWorkers: availableParallelism() + 2, isolate: false };

const onServers = (folder: string): TestProjectInlineConfiguration[] =>
  combinations.map(({ key, label }) => ({
    test: {
      ...shared,
      name: `${folder}: ${label}`,
      include: key === 'first' ? [`test/${folder}/**/*.test.ts`] : inFolder(folder, onBothServers),
      globalSetup: 'test/support/servers-setup.ts',
      setupFiles: key === 'first' && hasPostgres15 ? ['test/support/statements-record.ts'] : [],
      provide: { combination: key },
    },
  }));

const inFolder = (folder: string, globs: readonly string[]) =>
  globs.filter((glob) => glob.startsWith(`test/${folder}/`));

/** Runs last: it prepares what the others sent. */
const statements: TestProjectInlineConfiguration = {
  test: {
    ...shared,
    name: 'statements: PostgreSQL 15',
    include: ['test/statements/*.test.ts'],
    globalSetup: 'test/support/servers-setup.ts',
    provide: { combination: 'second' },
    sequence: { groupOrder: 1 },
  },
};

/** Debian's mail servers, for which `npm run mail:servers` prepares a network of its own. */
const mailServers: TestProjectInlineConfiguration = {
  test: {
    ...shared,
    name: 'mail servers',
    include: ['test/servers/*.test.ts'],
    globalSetup: 'test/support/servers-setup.ts',
    provide: { combination: 'first' },
  },
};

/** Ways of running it that take long to try: `npm run test:hosting`. */
const hosting: TestProjectInlineConfiguration = {
  test: {
    ...shared,
    name: 'hosting',
    include: ['test/hosting/*.test.ts'],
    globalSetup: 'test/support/servers-setup.ts',
    provide: { combination: 'first' },
  },
};

/** The program on several hosts, for which `npm run test:hosts` prepares a network of its own. */
const hosts: TestProjectInlineConfiguration = {
  test: {
    ...shared,
    name: 'hosts',
    include: ['test/hosts/*.test.ts'],
  },
};

/** The containers, one file after another on one engine, which `npm run test:docker` prepares. */
const docker: TestProjectInlineConfiguration = {
  test: {
    ...shared,
    maxWorkers: 1,
    name: 'docker',
    include: ['test/docker/*.test.ts'],
    globalSetup: 'test/docker/engine-setup.ts',
  },
};

export default defineConfig({
  test: {
    sequence: { sequencer: LongFirst },
    projects: [
      { test: { ...shared, name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      ...onServers('integration'),
      ...onServers('e2e'),
      ...(hasPostgres15 ? [statements] : []),
      ...(process.env.MAIL_SERVERS_FOLDER ? [mailServers] : []),
      ...(process.env.TRIALBELL_HOSTING ? [hosting] : []),
      ...(process.env.TRIALBELL_HOSTS ? [hosts] : []),
      ...(process.env.TRIALBELL_DOCKER ? [docker] : []),
    ],
  },
});
