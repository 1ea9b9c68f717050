/** A rate limit for each client. */
export type FairShare = {
  /** Takes one; false if the client has had `most` in the last minute. */
  take(asker: string, nowMs: number): boolean;
};

/** Most clients to remember. Beyond that, the count of the oldest is forgotten. */
const askersKept = 10_000;

/** Allows each client `most` in any minute, so that one client cannot use up what others need (N9). */
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
