import type { Change, ChangedSite } from './change.ts';

/** How near something is to a place that was chosen. `km` is rounded; 0 is less than half a kilometre. */
export type Nearness = { km: number; place: string | null };

/** The nearest site of a trial that may recruit, within the distance that was chosen. */
export type NearestSite = Nearness & {
  site: ChangedSite;
  /** The record says that this site recruits; false where it gives sites no status. */
  isSaid: boolean;
  /** How many sites more are as near as was asked, and may recruit. */
  others: number;
  withinKm: number;
};

/** A change as one reader is told it. */
export type DigestChange = Change & {
  near?: Nearness | NearestSite;
  /** A site in the reader's country, or one the record puts nowhere: not known to be too far. */
  isMine?: true;
};
