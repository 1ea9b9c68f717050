import type { Config } from './config.ts';
import { messageOf } from './errors.ts';
import type { openQueues, Queues } from './queue/open.ts';

type QueueOptions = Parameters<typeof openQueues>[0];

/** Functions that close things when the program ends; the last one added runs first. */
export type Closers = (() => Promise<unknown>)[];

/** A part of a process that runs both pages and workers; each part has its own connections. */
export type Part = 'pages' | 'workers';

/** Divides the connections that a process may have between the database and its queue. */
export function shareConnections(
  { databaseConnections: all, redisUrl }: Pick<Config, 'databaseConnections' | 'redisUrl'>,
  part?: Part,
): { database: number; queue: number } {
  const ofPages = Math.floor(all / 3);
  const own = part === undefined ? all : part === 'pages' ? ofPages : all - ofPages;
  const queue = redisUrl !== null ? 0 : part === 'pages' ? 1 : Math.max(2, Math.floor(own / 3));
  return { database: own - queue, queue };
}

/** Opens the queues and migrates their tables to the newest schema. */
export async function openAndMigrate(options: QueueOptions, closers: Closers): Promise<Queues> {
  const queues = await openQueuesClosing(options, closers);
  await queues.migrate();
  return queues;
}

/**
 * Opens the queues for a process that only serves pages. If their store is unavailable, the process starts
 * anyway and retries later.
 */
export async function openForPages(options: QueueOptions, closers: Closers): Promise<Queues> {
  const queues = await openQueuesClosing(options, closers);
  await queues
    .migrate()
    .catch((error) => options.log.warn({ reason: messageOf(error) }, 'queue store unavailable'));
  return queues;
}

/** Opens the queues without migrating them, and adds them to `closers`. */
export async function openQueuesClosing(options: QueueOptions, closers: Closers): Promise<Queues> {
  const { openQueues } = await import('./queue/open.ts');
  const queues = await openQueues(options);
  closers.push(queues.close);
  return queues;
}
