/** A cache of recent pages. A stamp names the data behind a page; if it changes, the page is made again. */
export type PageMemory<T> = {
  get(key: string, stamp: string, make: () => Promise<T>): Promise<T>;
};

const keptMs = 5 * 60_000;

/** Caches the most recently used pages, up to `atMost`. Failures are not cached. */
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
