import { setTimeout as sleep } from 'node:timers/promises';

/** Runs many items at once; the answers are in the order of the items. */
type Run<T, R> = (items: T[]) => Promise<R[]>;

/**
 * Turns a statement for many items into a function for one. Calls during a running statement wait for the
 * next one, which takes up to `most` of them. A single call runs at once, without delay. If a statement for
 * several items fails, each is run alone, so that one bad item fails alone. With `pauseMs`, the next statement
 * begins that long after the last one, so that more calls share it.
 */
export function batchCalls<T, R>(run: Run<T, R>, most: number, pauseMs = 0): (item: T) => Promise<R> {
  type Call = { item: T; resolve: (result: R) => void; reject: (error: unknown) => void };
  const waiting: Call[] = [];
  let running = false;

  async function answer(calls: Call[]): Promise<void> {
    try {
      const results = await run(calls.map(({ item }) => item));
      for (const [n, call] of calls.entries()) call.resolve(results[n] as R);
    } catch (error) {
      if (calls.length === 1) calls[0]?.reject(error);
      else for (const call of calls) await answer([call]);
    }
  }

  async function drain(): Promise<void> {
    // Calls of the same turn are batched.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      await answer(waiting.splice(0, most));
      if (pauseMs > 0 && waiting.length < most) await sleep(pauseMs);
    }
    running = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (running) return;
      running = true;
      void drain();
    });
}
