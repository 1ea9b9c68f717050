/** What each asker may have of something scarce. */
export type FairShare = {
  /** Takes one, if the asker has not had `most` of them in the last minute. */
  take(asker: string, nowMs: number): boolean;
};

/** Askers that are remembered; with more, the oldest start anew. */
const askersKept = 10_000;

/** Gives each asker at most `most` in any minute, so that one stranger uses up nothing that others need (N9). */
export function openFairShare(most: number): FairShare {
  const taken = new Map<string, number[]>();
  return {
    take(asker, nowMs) {
      const recent = (taken.get(asker) ?? []).filter((at) => Math.abs(nowMs - at) < 60_000);
      if (recent.length >= most) return false;
      taken.delete(asker);
      taken.set(asker, [...recent, nowMs]);
      const [oldest] = taken.keys();
      if (taken.size > askersKept && oldest !== undefined) taken.delete(oldest);
      return true;
    },
  };
}
