/** A cached answer. */
export type CostCache<T> = {
  /** Returns the cached answer; an old one is still returned while a new one is fetched. */
  get(): Promise<T>;
  /** Fetches a new answer, unless the cached one is nearly new. */
  renew(): Promise<T>;
};

/** `get` spends at most a 200th of a processor's time on new answers, `renew` a 20th. */
const keptTimesItsCost = 200;
const renewedTimesItsCost = 20;
const keptAtLeastMs = 1_000;

/**
 * Caches an answer in proportion to the time that it took: for a second in a small database, for some minutes
 * in a large one. Frequent calls cost nothing more. A failure is not cached.
 */
export function cacheByCost<T>(ask: () => Promise<T>): CostCache<T> {
  let last: { answer: Promise<T>; endedAtMs: number; costMs: number } | null = null;
  let asking: Promise<T> | null = null;

  const askAnew = (): Promise<T> => {
    if (asking) return asking;
    const startedAtMs = performance.now();
    const answer = ask();
    asking = answer;
    answer.then(
      () => {
        last = { answer, endedAtMs: performance.now(), costMs: performance.now() - startedAtMs };
        asking = null;
      },
      () => {
        asking = null;
      },
    );
    return answer;
  };
  const ageMs = () => performance.now() - (last?.endedAtMs ?? 0);

  return {
    get() {
      if (last === null) return askAnew();
      if (ageMs() > Math.max(keptAtLeastMs, last.costMs * keptTimesItsCost)) askAnew().catch(() => {});
      return last.answer;
    },
    renew() {
      return last !== null && ageMs() < last.costMs * renewedTimesItsCost ? last.answer : askAnew();
    },
  };
}
