import { extname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Config } from './config.ts';
import { messageOf, TrialbellError } from './errors.ts';
import type { Log } from './log.ts';
import type { QueueName } from './queue/table.ts';
import type { Handled } from './web/health/metrics.ts';

/** The input of a worker thread. */
export type ThreadData = { config: Config; names: readonly QueueName[] };

/** The messages of a worker thread: it has started, a job was handled, or why it cannot start. */
export type ThreadMessage =
  | { kind: 'started' }
  | { kind: 'handled'; handled: Handled }
  | { kind: 'fault'; reason: string };

/** Workers in a thread. `close` waits for running jobs, as in a process of workers. */
export type WorkerThread = {
  close(): Promise<void>;
  /** Ends the thread at once, as a crash would; it is then replaced. */
  terminate(): Promise<unknown>;
};

/** The delay before a crashed thread is replaced, in milliseconds. */
const replacedAfterMs = 2_000;

/**
 * Runs the workers of queues in a thread, so that their computing does not block this one. Throws a TrialbellError if the
 * thread cannot start. A thread that crashes later is replaced, and its work is resumed like that of a killed process.
 */
export async function startThread(
  options: ThreadData & { log: Log; onHandled: (handled: Handled) => void },
): Promise<WorkerThread> {
  const { log, onHandled, ...data } = options;
  const closing = new AbortController();
  let running = await openThread(data, onHandled);
  const replace = async (reason: string): Promise<void> => {
    log.error({ reason }, 'the workers crashed; others replace them');
    await sleep(replacedAfterMs, undefined, { signal: closing.signal }).catch(() => {});
    if (closing.signal.aborted) return;
    try {
      running = await openThread(data, onHandled);
      if (closing.signal.aborted) running.worker.postMessage('close');
    } catch (error) {
      return replace(messageOf(error));
    }
    return watch();
  };
  const watch = async (): Promise<void> => {
    const reason = await running.ended;
    if (!closing.signal.aborted) await replace(reason);
  };
  const watching = watch();
  return {
    async close() {
      closing.abort();
      running.worker.postMessage('close');
      await watching;
    },
    terminate: () => running.worker.terminate(),
  };
}

type Running = { worker: Worker; ended: Promise<string> };

/** Has the ending of this file, which is another in the npm package. */
const beside = new URL(`./app-in-thread${extname(import.meta.filename)}`, import.meta.url);

async function openThread(workerData: ThreadData, onHandled: (handled: Handled) => void): Promise<Running> {
  const worker = new Worker(beside, { workerData });
  const { promise: ended, resolve: end } = Promise.withResolvers<string>();
  const { promise: started, resolve: start } = Promise.withResolvers<null>();
  let reason = 'it ended without an error';
  worker.on('message', (message: ThreadMessage) => {
    if (message.kind === 'started') start(null);
    else if (message.kind === 'handled') onHandled(message.handled);
    else reason = message.reason;
  });
  worker.on('error', (error) => {
    reason = messageOf(error);
  });
  worker.on('exit', () => end(reason));
  const fault = await Promise.race([started, ended]);
  if (fault !== null) throw new TrialbellError(`The workers cannot start: ${fault}`);
  return { worker, ended };
}
