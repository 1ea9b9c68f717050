import { ErrorCode } from 'bullmq';
import { messageOf, TrialbellError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Backend, type BackendQueue, type Opened, postgresBackend } from './backend.ts';
import { redisBackend } from './redis-backend.ts';
import { type Payload, type QueueName, queueNames, queues } from './table.ts';
import { withinMs } from './time-limit.ts';
import { type Handler, type RunningWorker, startWorker, type WorkOptions } from './work.ts';

/** The number of a queue's jobs in each state. */
export type QueueCounts = { waiting: number; active: number; delayed: number; failed: number };

/** A job whose attempts have all failed, with its reason. */
export type FailedJob = {
  id: string;
  payload: unknown;
  reason: string;
  attempts: number;
  failedAt: string | null;
};

/** Queues that announce work. The rows are the truth: if a job is lost, the sweep enqueues it again. */
export type Queues = {
  /**
   * Adds a job for each payload, many in one step, unless an equal one already waits. If an equal one runs,
   * the job follows it. Returns true if all were added; false, with a line in the log, while the queue's
   * store is unavailable. Throws if a payload does not fit the queue's schema.
   */
  enqueue<N extends QueueName>(name: N, payloads: Payload<N> | readonly Payload<N>[]): Promise<boolean>;
  /**
   * Works a queue until closed. While the store is unavailable, the worker waits and then continues. If the
   * store could not record the end of a job, the job is handled again: handlers must be idempotent.
   */
  work<N extends QueueName>(name: N, handler: Handler<N>, options?: WorkOptions): RunningWorker;
  /** Throws a TrialbellError while the queue's store is unavailable. */
  counts(): Promise<Record<QueueName, QueueCounts>>;
  /**
   * The failed jobs, newest first: at most `limit` (100 by default), starting at `from` (0 by default).
   * Throws as `counts` does.
   */
  failures(name: QueueName, limit?: number, from?: number): Promise<FailedJob[]>;
  /**
   * Enqueues a failed job again with all its attempts. Returns false if it is no longer among the failed
   * jobs: it was deleted, or already retried. Throws as `counts` does.
   */
  retryFailed(name: QueueName, jobId: string): Promise<boolean>;
  /** The fault of the store, in words, with the remedy; null if it works. */
  fault(): Promise<string | null>;
  /** Migrates the queue's own tables to the newest schema. */
  migrate(): Promise<void>;
  /** Waits for running handlers, then closes every connection. */
  close(): Promise<void>;
};

/** After this time without an answer to one query, the store counts as unavailable, in milliseconds. */
const answerWithinMs = 5_000;

/**
 * Jobs added in one step. On PostgreSQL each holds a lock until the end, and a small server has room for
 * about 6,000.
 */
const jobsAtOnce = 250;

/** Finished jobs are deleted early; failed jobs are kept for admins. Ages are in seconds. */
const retention = {
  removeOnComplete: { age: 3_600, count: 100 },
  removeOnFail: { age: 30 * 86_400, count: 1_000 },
};

/**
 * Opens the queues: on PostgreSQL with at most `connections` (4 by default) if `redisUrl` is null, else on Redis.
 * Connects on first use, so it succeeds while the store is unavailable.
 */
export async function openQueues(options: {
  databaseUrl: string;
  redisUrl: string | null;
  connections?: number;
  log: Log;
}): Promise<Queues> {
  const { log } = options;
  const backend: Backend =
    options.redisUrl === null
      ? postgresBackend(options.databaseUrl, options.connections ?? 4)
      : redisBackend(options.redisUrl);
  const opened = new Map<QueueName, Promise<Opened<BackendQueue>>>();
  const workers = new Set<RunningWorker>();

  /** BullMQ remembers a failed first connection forever, so a queue that never became ready is discarded. */
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
        log.warn({ queue: name, reason: messageOf(error) }, 'not enqueued; the sweep enqueues it later');
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
    fault: async () =>
      (await backend.findFault()) ??
      (await ask('sweep', (queue) => queue.getJobCounts('waiting')).then(() => null, messageOf)),
    migrate: () => backend.migrate(),
    async close() {
      await Promise.all([...workers].map((worker) => worker.close()));
      const queuesOpened = await Promise.allSettled(opened.values());
      opened.clear();
      await Promise.all(
        queuesOpened.map((result) => (result.status === 'fulfilled' ? letGo(result.value) : undefined)),
      );
      await withinMs(2_000, backend.close()).catch(() => {});
    },
  };
}

function toJob(name: QueueName, payload: unknown) {
  const { attempts, backoffMs } = queues[name];
  const data: unknown = queues[name].payload.parse(payload);
  const opts = {
    attempts,
    backoff: { type: 'exponential', delay: backoffMs, jitter: 0.5 },
    // Plain deduplication would drop a job that is added while an equal one runs, and a fixed jobId would
    // drop one that is added while an equal finished one is kept.
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

/** Closes a queue. While the store is unavailable, its connections are dropped instead. */
async function letGo(queue: Opened<BackendQueue>): Promise<void> {
  await withinMs(2_000, queue.it.close()).catch(() => {});
  queue.drop();
}
