/** An answer that is kept for a while. */
export type CostCache<T> = {
  /** The kept answer; an old one is still given while a newer one is asked for. */
  get(): Promise<T>;
  /** A newer answer, unless the kept one is nearly new itself. */
  renew(): Promise<T>;
};

/** An answer may cost this part of a processor's time, and half of it is left to `renew`. */
const keptTimesItsCost = 200;
const renewedTimesItsCost = 20;
const keptAtLeastMs = 1_000;

/**
 * Keeps what asking gave in proportion to how long asking took: a small store's answers are a second old, a large one's some
 * minutes, and whoever asks often costs nothing more. A failed answer is not kept.
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
