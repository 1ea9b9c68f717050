import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Closers, openAndMigrate, openForPages, type Part, shareConnections } from './app-queues.ts';
import type { WorkerThread } from './app-thread.ts';
import { type Config, isLoopback } from './config.ts';
import type { Instant } from './core/trial.ts';
import { fixFeedAuthority } from './db/catalog/feeds.ts';
import { checkServer } from './db/check-server.ts';
import { connect } from './db/connect.ts';
import { migrateDatabase } from './db/maintenance/migrate.ts';
import { rehashAddresses } from './db/maintenance/rehash.ts';
import { checkSecretKey, readSetting } from './db/settings.ts';
import { messageOf } from './errors.ts';
import { keepHeapSmall } from './heap.ts';
import type { Context } from './jobs/context.ts';
import { openKeys, readSecretKey, settleNextKey } from './keys.ts';
import { createLog, type Log } from './log.ts';
import { customOf, listFaults } from './mail/custom/custom.ts';
import { openSharedBlocks } from './mail/shared-blocks.ts';
import type { SmtpMailer } from './mail/smtp-mailer.ts';
import type { Queues } from './queue/open.ts';
import type { QueueName } from './queue/table.ts';
import { openRegistries } from './registries/registry.ts';
import { programVersion } from './version.ts';
import type { Durations, Handled } from './web/health/metrics.ts';

/** The opened program. Always close it. */
export type App = {
  context: Context;
  log: Log;
  databaseUrl: string;
  /** A warning for the operator about this setup, or null. */
  notice: string | null;
  /** Opens the queues, and migrates their tables, on the first call. */
  queues(): Promise<Queues>;
  /** Runs the workers of the named queues, and the ticks that enqueue their jobs, until the app is closed. */
  work(names: readonly QueueName[]): Promise<void>;
  /** Does so in a thread, by the system's clock, so that their computing does not block the pages of this process. */
  workInThread(names: readonly QueueName[]): Promise<WorkerThread>;
  /** Serves the web pages until the app is closed; returns their URL. */
  serve(): Promise<string>;
  close(): Promise<void>;
};

/** Options for tests and for verbs with needs of their own. */
export type AppOptions = {
  log?: Log;
  /** The clock; the system's by default. */
  now?: () => Instant;
  demo?: boolean;
  /** The part of a process that this is, if its pages and workers are opened separately. */
  part?: Part;
  /** How long to wait for a database that is starting, in milliseconds; 0 by default. */
  databasePatienceMs?: number;
  /** How long to wait for another process that reads the same registry, in milliseconds; 0 by default. */
  patienceMs?: number;
  /** Attempts before a registry counts as unavailable; as many as in a round by default. */
  registryAttempts?: number;
  /** Called for each handled job; by default, counts it for this process's `/metrics`. */
  onHandled?: (handled: Handled) => void;
};

/**
 * Opens the program: the database (the embedded one when none is configured) at the newest schema, keys and
 * registries. Pages, workers and queues are loaded on first use, which halves the start time of a short
 * command.
 */
export async function openApp(config: Config, options: AppOptions = {}): Promise<App> {
  keepHeapSmall();
  const log = options.log ?? createLog(config.logLevel ?? 'info');
  const closers: Closers = [];
  const close = async () => {
    const faults: unknown[] = [];
    for (const closer of closers.splice(0).reverse()) {
      await Promise.resolve()
        .then(closer)
        .catch((error) => faults.push(error));
    }
    if (faults.length > 0) throw faults[0];
  };
  try {
    const { databaseUrl, notice } = await openDatabase(config, options, log, closers);
    const connections = shareConnections(config, options.part);
    const db = connect(databaseUrl, { max: connections.database });
    closers.push(() => db.destroy());
    await migrateDatabase(databaseUrl);
    if (config.secretKey === null) settleNextKey(config.dataDir, await readSetting(db, 'key-fingerprint'));
    const keys = openKeys(readSecretKey(config.secretKey, config.dataDir));
    await checkSecretKey(db, keys.fingerprint);
    await fixFeedAuthority(db, config.baseUrl);
    await rehashAddresses(db, keys);
    const now = options.now ?? (() => new Date().toISOString());
    let timed: Promise<Durations> | null = null;
    const timing = () => {
      timed ??= import('./web/health/metrics.ts').then(({ openDurations }) =>
        openDurations(options.onHandled),
      );
      return timed;
    };
    const queueOptions = { databaseUrl, redisUrl: config.redisUrl, connections: connections.queue, log };
    let opened: Promise<Queues> | null = null;
    const queues = () => {
      opened ??= openAndMigrate(queueOptions, closers);
      return opened;
    };
    const later = new Set<NodeJS.Timeout>();
    closers.push(async () => later.forEach(clearTimeout));
    const mailer = config.smtpUrl === null ? null : await openMailer(config.smtpUrl);
    if (mailer) closers.push(async () => mailer.close());
    const asking = options.registryAttempts ? { maxAttempts: options.registryAttempts } : {};
    const context: Context = {
      config,
      db,
      keys,
      log,
      now,
      registries: openRegistries(config.registries, { userAgent: userAgent(config), now, ...asking }),
      // A process without workers enqueues nothing; the next tick of a worker finds the rows.
      enqueue: async (name, payloads) => (opened ? (await opened).enqueue(name, payloads) : false),
      queueFault: async () => (opened ? opened.then((queues) => queues.fault(), messageOf) : null),
      enqueueLater: (deliveryId, afterMs) => {
        const timer = setTimeout(
          () => {
            later.delete(timer);
            void context.enqueue('send', { deliveryId });
          },
          Math.max(0, afterMs),
        ).unref();
        later.add(timer);
      },
      ...(mailer ? { mailer } : {}),
      sharedBlocks: openSharedBlocks(),
      holder: `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`,
      patienceMs: options.patienceMs ?? 0,
      demo: options.demo ?? false,
    };
    const custom = customOf(config);
    for (const reason of listFaults(custom)) log.warn({ reason }, 'fault in CUSTOM_DIR');
    return {
      context,
      log,
      databaseUrl,
      notice,
      queues,
      async work(names) {
        const { startWorkers } = await import('./app-workers.ts');
        const timed = (await timing()).measure(await queues());
        closers.push(startWorkers(context, timed, names));
      },
      async workInThread(names) {
        // What pages enqueue goes to the same store.
        const opening = queues();
        // It is awaited once the thread has started.
        opening.catch(() => {});
        const { startThread } = await import('./app-thread.ts');
        const { note: onHandled } = await timing();
        const thread = await startThread({ config: { ...config, databaseUrl }, names, log, onHandled });
        closers.push(thread.close);
        await opening;
        return thread;
      },
      async serve() {
        const { openWebActions } = await import('./app-actions.ts');
        const { serveWeb } = await import('./web/server/serve.ts');
        if (!config.smtpUrl && !isLoopback(new URL(config.baseUrl).hostname))
          log.warn({ reason: noServerForPublic(config) }, 'no mail server');
        const web = await serveWeb({
          ...{
            config,
            db,
            keys,
            log,
            version: programVersion,
            now,
            durations: await timing(),
            demo: context.demo,
            enqueue: context.enqueue,
            actions: openWebActions(context),
          },
          queues: opened ?? openForPages(queueOptions, closers),
        });
        closers.push(web.close);
        return web.url;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openDatabase(
  config: Config,
  { databasePatienceMs: patienceMs = 0, part }: AppOptions,
  log: Log,
  closers: Closers,
) {
  if (config.databaseUrl) {
    if (part !== 'workers')
      await checkServer(config.databaseUrl, { patienceMs, connections: config.databaseConnections });
    return { databaseUrl: config.databaseUrl, notice: null };
  }
  const { startEmbedded } = await import('./embedded-postgres/start.ts');
  const embedded = await startEmbedded({ dataDir: config.dataDir, log });
  closers.push(embedded.release);
  log.info({ where: embedded.where }, 'embedded database');
  return { databaseUrl: embedded.url, notice: embedded.notice };
}

async function openMailer(smtpUrl: string): Promise<SmtpMailer> {
  const { openSmtpMailer } = await import('./mail/smtp-mailer.ts');
  return openSmtpMailer(smtpUrl);
}

/** The User-Agent for requests to registries, with the operator's contact. */
function userAgent(config: Config): string {
  const contact = config.operator.privacyContact ?? config.adminEmails[0] ?? config.baseUrl;
  return `Trialbell/${programVersion} (+${contact})`;
}

/** The warning for a public BASE_URL without an SMTP server. */
export function noServerForPublic(config: Config): string {
  return `BASE_URL is public (${config.baseUrl}) but SMTP_URL is not set: no email leaves this machine. Emails are kept in ${outboxFolder(config)}, and /outbox is not shown. Set SMTP_URL.`;
}

/** The folder for mails if no SMTP server is configured. */
export function outboxFolder(config: Config): string {
  return join(config.dataDir, 'outbox');
}
