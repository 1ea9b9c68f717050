import type { Change, ChangedSite } from './change.ts';

/** The distance to a chosen place. `km` is rounded; 0 is less than half a kilometre. */
export type Nearness = { km: number; place: string | null };

/** The nearest site of a trial that may recruit, within the chosen distance. */
export type NearestSite = Nearness & {
  site: ChangedSite;
  /** The record says that this site recruits; false if it gives no status for sites. */
  isSaid: boolean;
  /** The number of other sites within the distance that may recruit. */
  others: number;
  withinKm: number;
};

/** A change as reported to one reader. */
export type DigestChange = Change & {
  near?: Nearness | NearestSite;
  /** The site is in the reader's country, the change is about it, or the record gives no place, so it may be near. */
  isMine?: true;
  /** A country's line that says the whole trial's new status too. */
  withTrial?: true;
};
