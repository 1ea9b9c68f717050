import { setTimeout as sleep } from 'node:timers/promises';

/** Errors of the statement itself (SQLSTATE classes 22, 23, 42): it would fail again. */
const ownFault = /^(22|23|42)/;
const firstPauseMs = 50;
const longestPauseMs = 2_000;

/**
 * Writes data that must not be lost to a broken connection: retries on other connections of the pool for
 * about `forMs` milliseconds, or until `signal`. Throws the last error. A write may have been committed
 * before its connection broke, so `write` must be idempotent.
 */
export async function retryWrite<T>(
  write: () => Promise<T>,
  how: { forMs: number; signal?: AbortSignal | undefined; onFailure?: (error: unknown) => void },
): Promise<T> {
  const until = performance.now() + how.forMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await write();
    } catch (error) {
      const code = (error as { code?: unknown } | null)?.code;
      const isOver = how.signal?.aborted || performance.now() + pauseMs > until;
      if (isOver || (typeof code === 'string' && ownFault.test(code))) throw error;
      how.onFailure?.(error);
    }
    await sleep(pauseMs);
  }
}
