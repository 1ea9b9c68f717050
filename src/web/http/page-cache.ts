/** Pages made lately. What they were made from is named by a stamp: another stamp, and they are made anew. */
export type PageMemory<T> = {
  get(key: string, stamp: string, make: () => Promise<T>): Promise<T>;
};

const keptMs = 5 * 60_000;

/** Keeps so many pages, those asked for last. One that could not be made is not kept. */
export function openPageMemory<T>(atMost: number): PageMemory<T> {
  const kept = new Map<string, { stamp: string; madeAtMs: number; page: Promise<T> }>();
  return {
    get(key, stamp, make) {
      const before = kept.get(key);
      kept.delete(key);
      if (before && before.stamp === stamp && performance.now() - before.madeAtMs < keptMs) {
        kept.set(key, before);
        return before.page;
      }
      const page = make();
      kept.set(key, { stamp, madeAtMs: performance.now(), page });
      page.catch(() => kept.delete(key));
      const [oldest] = kept.keys();
      if (kept.size > atMost && oldest !== undefined) kept.delete(oldest);
      return page;
    },
  };
}
