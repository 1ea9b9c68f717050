import { setTimeout as sleep } from 'node:timers/promises';

/** Faults of the statement itself (SQLSTATE classes 22, 23, 42): it would fail again. */
const ownFault = /^(22|23|42)/;
const firstPauseMs = 50;
const longestPauseMs = 2_000;

/**
 * Writes what must not be lost because a connection broke just then: tries again, each time on whatever connection the
 * pool then has, for about `forMs` milliseconds or until `signal`. Throws the last error. A write may have been
 * committed before its connection broke, so `write` has to bear being repeated.
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
