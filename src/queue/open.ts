import { ErrorCode } from 'bullmq';
import { messageOf, TrialbellError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Backend, type BackendQueue, type Opened, postgresBackend, redisBackend } from './backend.ts';
import { type Payload, type QueueName, queueNames, queues } from './table.ts';
import { withinMs } from './time-limit.ts';
import { type Handler, type RunningWorker, startWorker, type WorkOptions } from './work.ts';

/** How many jobs of a queue are in which state. */
export type QueueCounts = { waiting: number; active: number; delayed: number; failed: number };

/** A job that was given up, with its reason. */
export type FailedJob = {
  id: string;
  payload: unknown;
  reason: string;
  attempts: number;
  failedAt: string | null;
};

/** The doorbell. The rows are the truth: a ring that is lost is rung again by the sweep. */
export type Queues = {
  /**
   * Adds a job for each payload, many in one step, unless an equal one still waits (one that already runs is followed by
   * one more). True when all were added; false, with a line in the log, while the queue's store is away. Throws on a
   * payload the table does not know.
   */
  enqueue<N extends QueueName>(name: N, payloads: Payload<N> | readonly Payload<N>[]): Promise<boolean>;
  /**
   * Works a queue until closed. While the store is away it waits and goes on by itself. A job whose end the store could not
   * write is handled again: handlers bear that.
   */
  work<N extends QueueName>(name: N, handler: Handler<N>, options?: WorkOptions): RunningWorker;
  /** Throws a TrialbellError while the queue's store is away. */
  counts(): Promise<Record<QueueName, QueueCounts>>;
  /** The newest failed jobs first, at most `limit` (100), `from` on (0). Throws as `counts` does. */
  failures(name: QueueName, limit?: number, from?: number): Promise<FailedJob[]>;
  /**
   * Lets a failed job wait again, with all its attempts. False when it is not among the failed ones any more: it was let
   * go, or somebody did so before. Throws as `counts` does.
   */
  retryFailed(name: QueueName, jobId: string): Promise<boolean>;
  /** Brings the queue's own tables to the newest form. */
  migrate(): Promise<void>;
  /** Waits for running handlers, then lets go of every connection. */
  close(): Promise<void>;
};

/** How long a single question to the store may take before the store counts as away, in milliseconds. */
const answerWithinMs = 5_000;

/** Jobs added in one step. On PostgreSQL each holds a lock meanwhile, and a small server has room for some 6,000. */
const jobsAtOnce = 250;

/** Finished jobs are forgotten early, failed ones are kept to be looked at. Ages in seconds. */
const retention = {
  removeOnComplete: { age: 3_600, count: 100 },
  removeOnFail: { age: 30 * 86_400, count: 1_000 },
};

/**
 * Opens the queues: on PostgreSQL when `redisUrl` is null, on Redis otherwise. `schema` is the PostgreSQL schema or the
 * Redis key prefix (`bullmq`). Connects when first used, so it does not fail while the store is away.
 */
export async function openQueues(options: {
  databaseUrl: string;
  redisUrl: string | null;
  schema?: string;
  log: Log;
}): Promise<Queues> {
  const { log } = options;
  const backend: Backend =
    options.redisUrl === null
      ? postgresBackend(options.databaseUrl, options.schema)
      : redisBackend(options.redisUrl, options.schema);
  const opened = new Map<QueueName, Promise<Opened<BackendQueue>>>();
  const workers = new Set<RunningWorker>();

  /** BullMQ remembers a failed first connection for good, so a queue that never became ready is thrown away. */
  function openQueue(name: QueueName): Promise<Opened<BackendQueue>> {
    const known = opened.get(name);
    if (known) return known;
    const opening = (async () => {
      const queue = backend.openQueue(name);
      queue.it.on('error', (error) => log.debug({ queue: name, reason: messageOf(error) }, 'queue store'));
      try {
        await withinMs(answerWithinMs, queue.it.waitUntilReady());
        return queue;
      } catch (error) {
        opened.delete(name);
        await letGo(queue);
        throw error;
      }
    })();
    opened.set(name, opening);
    return opening;
  }

  async function ask<T>(name: QueueName, question: (queue: BackendQueue) => Promise<T>): Promise<T> {
    try {
      return await withinMs(answerWithinMs, question((await openQueue(name)).it));
    } catch (cause) {
      throw new TrialbellError(`The queue's store does not answer: ${messageOf(cause)}`, { cause });
    }
  }

  return {
    async enqueue(name, payloads) {
      const jobs = [payloads].flat().map((payload) => toJob(name, payload));
      try {
        for (let from = 0; from < jobs.length; from += jobsAtOnce)
          await ask(name, (queue) => queue.addBulk(jobs.slice(from, from + jobsAtOnce)));
        return true;
      } catch (error) {
        log.warn({ queue: name, reason: messageOf(error) }, 'not rung; the sweep rings again');
        return false;
      }
    },
    work(name, handler, workOptions) {
      const running = startWorker(backend, name, handler, log, workOptions);
      workers.add(running);
      return {
        async close() {
          workers.delete(running);
          await running.close();
        },
      };
    },
    async counts() {
      const counted = queueNames.map(async (name) => {
        const counts = await ask(name, (queue) =>
          queue.getJobCounts('waiting', 'active', 'delayed', 'failed'),
        );
        const { waiting = 0, active = 0, delayed = 0, failed = 0 } = counts;
        return [name, { waiting, active, delayed, failed }] as const;
      });
      return Object.fromEntries(await Promise.all(counted)) as Record<QueueName, QueueCounts>;
    },
    async failures(name, limit = 100, from = 0) {
      const jobs = await ask(name, (queue) => queue.getFailed(from, from + limit - 1));
      return jobs.map((job) => ({
        id: String(job.id),
        payload: job.data as unknown,
        reason: job.failedReason ?? '',
        attempts: job.attemptsMade,
        failedAt: job.finishedOn === undefined ? null : new Date(job.finishedOn).toISOString(),
      }));
    },
    retryFailed: (name, jobId) => ask(name, (queue) => retryJob(queue, jobId)),
    migrate: () => backend.migrate(),
    async close() {
      await Promise.all([...workers].map((worker) => worker.close()));
      const queuesOpened = await Promise.allSettled(opened.values());
      opened.clear();
      await Promise.all(
        queuesOpened.map((result) => (result.status === 'fulfilled' ? letGo(result.value) : undefined)),
      );
    },
  };
}

function toJob(name: QueueName, payload: unknown) {
  const { attempts, backoffMs } = queues[name];
  const data: unknown = queues[name].payload.parse(payload);
  const opts = {
    attempts,
    backoff: { type: 'exponential', delay: backoffMs, jitter: 0.5 },
    // A plain deduplication would swallow a job that comes while its equal already runs, and a jobId one that comes
    // while its finished equal is still kept.
    deduplication: { id: JSON.stringify(data), keepLastIfActive: true },
    stackTraceLimit: 0,
    ...retention,
  };
  return { name, data, opts };
}

async function retryJob(queue: BackendQueue, jobId: string): Promise<boolean> {
  try {
    const job = await queue.getJob(jobId);
    await job?.retry('failed', { resetAttemptsMade: true });
    return job !== undefined;
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code === ErrorCode.JobNotExist || code === ErrorCode.JobNotInState) return false;
    throw error;
  }
}

/** A store that is away cannot be told good-bye. */
async function letGo(queue: Opened<BackendQueue>): Promise<void> {
  await withinMs(2_000, queue.it.close()).catch(() => {});
  queue.drop();
}
