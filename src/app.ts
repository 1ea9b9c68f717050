import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { openWebActions } from './app-actions.ts';
import { type Config, readConfig } from './config.ts';
import type { Instant } from './core/trial.ts';
import { checkServer, connect } from './db/connect.ts';
import { migrateDatabase } from './db/maintenance/migrate.ts';
import { checkKey, readSetting } from './db/settings.ts';
import { startEmbedded } from './embedded-postgres/start.ts';
import { messageOf, TrialbellError } from './errors.ts';
import type { Context } from './jobs/context.ts';
import { readBounceMailbox } from './jobs/delivery/bounce-mailbox.ts';
import { sendDelivery } from './jobs/delivery/send.ts';
import { planDigests } from './jobs/digests/plan.ts';
import { planNotes } from './jobs/digests/plan-notes.ts';
import { pollRegistry } from './jobs/ingest/poll.ts';
import { serveWebhook } from './jobs/integrations/deliver-webhooks.ts';
import { callHeartbeat } from './jobs/ops/alarms.ts';
import { doRequest } from './jobs/requests.ts';
import { sweep } from './jobs/sweep.ts';
import { startTicks } from './jobs/ticks.ts';
import { openKeys, readSecretKey, settleNextKey } from './keys.ts';
import { createLog, type Log } from './log.ts';
import { openSharedBlocks } from './mail/shared-blocks.ts';
import { openSmtpMailer } from './mail/smtp-mailer.ts';
import { openQueues, type Queues } from './queue/open.ts';
import { type QueueName, queueNames } from './queue/table.ts';
import { openRegistries, type Registry } from './registries/registry.ts';
import { openDurations } from './web/health/metrics.ts';
import { serveWeb } from './web/server/serve.ts';

/** The whole program, opened. Close it whatever happens. */
export type App = {
  context: Context;
  log: Log;
  databaseUrl: string;
  /** What a person should be told about how this runs; null when all is as expected. */
  notice: string | null;
  /** Opens the queues (and brings their tables to the newest form) at the first call. */
  queues(): Promise<Queues>;
  /** Works the named queues until the app is closed, with the ticks that ring them. */
  work(names: readonly QueueName[]): Promise<void>;
  /** Serves the web pages until the app is closed; returns their address. */
  serve(): Promise<string>;
  close(): Promise<void>;
};

export type AppOptions = {
  log?: Log;
  /** The clock; the system's when not given. */
  now?: () => Instant;
  demo?: boolean;
  /** How long to wait for another process that reads the same registry (0). */
  patienceMs?: number;
  /** How often a registry that is away is asked before that is said (as often as a round asks). */
  registryAttempts?: number;
};

/** What a mail server may take for its answer while this process is being stopped, in milliseconds (R7). */
const answerWithinMs = 20_000;

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** The version of this program. */
export const programVersion = version;

/** Opens the program: the database (the embedded one when none is configured) at the newest schema, keys and registries. */
export async function openApp(config: Config, options: AppOptions = {}): Promise<App> {
  const log = options.log ?? createLog(config.logLevel ?? 'info');
  const closers: (() => Promise<unknown>)[] = [];
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
    const { databaseUrl, notice } = await openDatabase(config, log, closers);
    const db = connect(databaseUrl);
    closers.push(() => db.destroy());
    await migrateDatabase(databaseUrl);
    if (config.secretKey === null) settleNextKey(config.dataDir, await readSetting(db, 'key-fingerprint'));
    const keys = openKeys(readSecretKey(config.secretKey, config.dataDir));
    await checkKey(db, keys.fingerprint);
    const now = options.now ?? (() => new Date().toISOString());
    const durations = openDurations();
    let opened: Promise<Queues> | null = null;
    const queues = () => {
      opened ??= openAndMigrate({ databaseUrl, redisUrl: config.redisUrl, log }, closers);
      return opened;
    };
    const later = new Set<NodeJS.Timeout>();
    closers.push(async () => later.forEach(clearTimeout));
    const mailer = config.smtpUrl === null ? null : openSmtpMailer(config.smtpUrl);
    if (mailer) closers.push(async () => mailer.close());
    const asking = options.registryAttempts ? { maxAttempts: options.registryAttempts } : {};
    const context: Context = {
      config,
      db,
      keys,
      log,
      now,
      registries: openRegistries({ ctgov: config.ctgov }, { userAgent: userAgent(config), now, ...asking }),
      // Without workers in this process nothing is rung: the rows are found by the next tick.
      enqueue: async (name, payload) => (opened ? (await opened).enqueue(name, payload) : false),
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
    return {
      context,
      log,
      databaseUrl,
      notice,
      queues,
      async work(names) {
        const rung = durations.measure(await queues());
        const running = names.map((name) => startHandling(rung, context, name));
        closers.push(() => Promise.all(running.map((one) => one.close())));
        closers.push(startTicks(context));
      },
      async serve() {
        const web = await serveWeb({
          ...{
            config,
            db,
            keys,
            log,
            version,
            now,
            durations,
            demo: context.demo,
            actions: openWebActions(context),
          },
          queues: opened ?? openForPages({ databaseUrl, redisUrl: config.redisUrl, log }, closers),
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

async function openDatabase(config: Config, log: Log, closers: (() => Promise<unknown>)[]) {
  if (config.databaseUrl) {
    await checkServer(config.databaseUrl);
    return { databaseUrl: config.databaseUrl, notice: null };
  }
  const embedded = await startEmbedded({ dataDir: config.dataDir, log });
  closers.push(embedded.release);
  log.info({ where: embedded.where }, 'embedded database');
  return { databaseUrl: embedded.url, notice: embedded.notice };
}

async function openAndMigrate(
  options: Parameters<typeof openQueues>[0],
  closers: (() => Promise<unknown>)[],
): Promise<Queues> {
  const queues = await openQueues(options);
  closers.push(queues.close);
  await queues.migrate();
  return queues;
}

/** The queues of a process that only asks: it may start while their store is away, and then asks again. */
async function openForPages(
  options: Parameters<typeof openQueues>[0],
  closers: (() => Promise<unknown>)[],
): Promise<Queues> {
  const queues = await openQueues(options);
  closers.push(queues.close);
  await queues.migrate().catch((error) => options.log.warn({ reason: messageOf(error) }, 'queue store away'));
  return queues;
}

function startHandling(queues: Queues, context: Context, name: QueueName) {
  switch (name) {
    case 'poll':
      return queues.work('poll', async ({ registry }, signal) => {
        const reader = context.registries.get(registry);
        if (!reader) return;
        const result = await pollRegistry(context, stoppable(reader, signal));
        if (result && result.figures.changes > 0) await context.enqueue('plan', {});
      });
    case 'plan':
      return queues.work('plan', async (_payload, signal) => {
        const digests = (await planDigests(context, signal)).deliveryIds;
        for (const deliveryId of digests) await context.enqueue('send', { deliveryId });
        for (const deliveryId of await planNotes(context, signal))
          await context.enqueue('send', { deliveryId });
      });
    case 'send':
      return queues.work('send', async ({ deliveryId }, signal) => {
        const { late, done } = laterThan(signal, answerWithinMs);
        await sendDelivery(context, deliveryId, late).finally(done);
      });
    case 'requests':
      return queues.work('requests', ({ requestId }) => doRequest(context, requestId));
    case 'webhooks':
      return queues.work('webhooks', async ({ webhookId }, signal) => {
        await serveWebhook(context, webhookId, signal);
      });
    case 'bounces':
      return queues.work('bounces', async (_payload, signal) => {
        await readBounceMailbox(context, signal);
      });
    case 'sweep':
      return queues.work('sweep', async () => {
        if ((await sweep(context)).length === 0) await callHeartbeat(context);
      });
  }
}

/** A registry whose reading stops between two pages when asked to; what was stored is then told as of a run cut short. */
function stoppable(registry: Registry, signal: AbortSignal): Registry {
  return {
    ...registry,
    async *pages(...query) {
      for await (const page of registry.pages(...query)) {
        signal.throwIfAborted();
        yield page;
      }
    },
  };
}

/** A signal that follows another after a while. */
function laterThan(signal: AbortSignal, ms: number): { late: AbortSignal; done: () => void } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const follow = () => {
    timer = setTimeout(() => controller.abort(), ms);
  };
  signal.addEventListener('abort', follow);
  const done = () => {
    signal.removeEventListener('abort', follow);
    clearTimeout(timer);
  };
  return { late: controller.signal, done };
}

/** Who we say we are to a registry, with a way to reach whoever runs this. */
function userAgent(config: Config): string {
  const contact = config.operator.privacyContact ?? config.adminEmails[0] ?? config.baseUrl;
  return `Trialbell/${version} (+${contact})`;
}

/** Where mails go when no SMTP server is configured. */
export function outboxFolder(config: Config): string {
  return join(config.dataDir, 'outbox');
}

/** Runs one worker as a process of its own until it is told to stop: the whole of a file in `workers`. */
export async function runWorker(name: QueueName): Promise<void> {
  await runUntilStopped(async (app) => app.work([name]));
}

/** Opens the program, starts what is asked, and closes it on SIGTERM, SIGINT or SIGHUP. Errors are said in a sentence. */
export async function runUntilStopped(
  start: (app: App) => Promise<unknown>,
  options: AppOptions = {},
): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  let app: App | null = null;
  try {
    app = await openApp(readConfig(), options);
    if (app.notice) process.stderr.write(`${app.notice}\n`);
    await start(app);
    await stopped;
  } catch (error) {
    reportError(error);
  } finally {
    await app?.close();
  }
}

/** Says an error in a sentence and sets the exit code: 1, or what the error asks for. */
export function reportError(error: unknown): void {
  const isForeseen = error instanceof TrialbellError;
  const sentence = isForeseen ? error.message : `Something unforeseen went wrong: ${messageOf(error)}`;
  process.stderr.write(`${sentence}\n`);
  process.exitCode = isForeseen ? error.exitCode : 1;
}

/** Every queue: what `start` and a plain `worker` work. */
export const allWorkers = queueNames;
