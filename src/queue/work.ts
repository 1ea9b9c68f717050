import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, UnrecoverableError, WaitingError } from 'bullmq';
import { messageOf, TrialbellError, withoutAddresses } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Backend, BackendWorker, Opened } from './backend.ts';
import { type Payload, type QueueName, queues } from './table.ts';
import { withinMs } from './time-limit.ts';

/**
 * Does the work of one job. A throw counts as a failed attempt. `signal` aborts when the worker is asked to
 * close: a long handler then throws at its next safe point, and its job waits again without losing an
 * attempt.
 */
export type Handler<N extends QueueName> = (payload: Payload<N>, signal: AbortSignal) => Promise<void>;

/** `lockMs`: the minimum time before another process takes up the job of a killed one, in milliseconds. */
export type WorkOptions = { concurrency?: number; lockMs?: number };

/** A running worker. `close` aborts the handlers' signal, waits for them to end, and closes the connections. */
export type RunningWorker = { close(): Promise<void> };

/** How long a closing worker waits for its store, in milliseconds. */
const closeWithinMs = 5_000;

/** Starts a worker. It works its queue from the moment the store can be reached until it is closed. */
export function startWorker<N extends QueueName>(
  backend: Backend,
  name: N,
  handler: Handler<N>,
  log: Log,
  options: WorkOptions = {},
): RunningWorker {
  const closing = new AbortController();
  const handling = new Set<Promise<void>>();
  const reportStoreError = throttled((reason) =>
    log.warn({ queue: name, reason }, 'queue store unavailable'),
  );
  const lockMs = options.lockMs ?? 30_000;

  async function handle(job: Job, token: string | undefined): Promise<void> {
    const payload = queues[name].payload.safeParse(job.data);
    if (!payload.success) {
      const faults = payload.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`.trim());
      log.error({ queue: name, job: job.id, faults }, 'job with an invalid payload');
      throw new UnrecoverableError(`The payload is wrong: ${withoutAddresses(faults.join('; '))}`);
    }
    try {
      // The store may hand out a job while this worker closes. It is not begun: the connections end soon.
      closing.signal.throwIfAborted();
      await handler(payload.data as Payload<N>, closing.signal);
    } catch (error) {
      if (closing.signal.aborted && token !== undefined) {
        // A store that is away would be waited for without end; it gives the job out again when its lock ends.
        await withinMs(closeWithinMs, job.moveToWait(token)).catch(() => {});
        throw new WaitingError();
      }
      const reason = withoutAddresses(messageOf(error));
      const attempt = job.attemptsMade + 1;
      const unforeseen = error instanceof Error && !(error instanceof TrialbellError);
      const stack = unforeseen ? withoutAddresses(error.stack ?? '') : undefined;
      const of = job.opts.attempts ?? 1;
      log.error({ queue: name, job: job.id, attempt, of, reason, stack }, 'job failed');
      throw new Error(reason);
    }
  }

  function process(job: Job, token?: string): Promise<void> {
    const work = handle(job, token).finally(() => handling.delete(work));
    handling.add(work);
    return work;
  }

  const aborted = new Promise<never>((_, reject) => {
    closing.signal.addEventListener('abort', () => reject(closing.signal.reason), { once: true });
  });
  aborted.catch(() => {});

  /** BullMQ remembers a failed first connection forever, so a worker that never became ready is discarded. */
  async function connect(): Promise<Opened<BackendWorker> | null> {
    while (!closing.signal.aborted) {
      const worker = backend.openWorker(name, process, {
        autorun: false,
        concurrency: options.concurrency ?? queues[name].concurrency,
        lockDuration: lockMs,
        stalledInterval: lockMs,
        runRetryDelay: 1_000,
      });
      worker.it.on('error', (error) => reportStoreError(messageOf(error)));
      try {
        await Promise.race([withinMs(10_000, worker.it.waitUntilReady()), aborted]);
        worker.it.run().catch((error) => reportStoreError(messageOf(error)));
        return worker;
      } catch (error) {
        if (!closing.signal.aborted) reportStoreError(messageOf(error));
        // It never worked, so there is nothing to wait for.
        worker.it.close().catch(() => {});
        worker.drop();
        await sleep(1_000, undefined, { signal: closing.signal }).catch(() => {});
      }
    }
    return null;
  }

  const connecting = connect();
  return {
    async close() {
      closing.abort(new Error('the worker is closing'));
      const worker = await connecting;
      if (!worker) return;
      const closed = worker.it.close();
      closed.catch(() => {});
      while (handling.size > 0) await Promise.allSettled(handling);
      await discard(worker, closed);
    },
  };
}

/** Closes a worker. While the store is unavailable, its connections are dropped instead. */
async function discard(worker: Opened<BackendWorker>, closed = worker.it.close()): Promise<void> {
  await withinMs(closeWithinMs, closed).catch(() => {});
  worker.drop();
}

/** Suppresses a reason that was reported in the last ten seconds: an unavailable store repeats itself. */
function throttled(report: (reason: string) => void): (reason: string) => void {
  const seenAtMs = new Map<string, number>();
  return (reason) => {
    const nowMs = performance.now();
    if (nowMs - (seenAtMs.get(reason) ?? Number.NEGATIVE_INFINITY) < 10_000) return;
    if (seenAtMs.size > 100) seenAtMs.clear();
    seenAtMs.set(reason, nowMs);
    report(reason);
  };
}
