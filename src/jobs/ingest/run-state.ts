import type { PhraseIndex, Topic } from '../../core/matching/topics.ts';
import type { RunFigures } from '../../core/run-figures.ts';
import type { Day, Instant } from '../../core/trial.ts';
import type { Lease } from '../../db/leases.ts';
import type { RunKind } from '../../db/schema.ts';
import type { Registry } from '../../registries/registry.ts';

/** The state of one run: its row, its lease, the followed topics, and its figures so far. */
export type Run = {
  id: number;
  kind: RunKind;
  registry: Registry;
  lease: Lease;
  followed: Set<Topic>;
  phrases: PhraseIndex;
  /**
   * The day of the last completed run's data; null before the first. Trials first posted from that day on are
   * new (C13).
   */
  lastDay: Day | null;
  /** The trials that a list of all trials has for the first time; null if the day of first posting tells. */
  newIds: ReadonlySet<string> | null;
  readAt: Instant;
  figures: RunFigures;
  /** Records compared with their stored versions, and those of them that were only reworded (X11). */
  compared: number;
  reworded: number;
  /** Ids read so far, and the obsolete ids of those trials. */
  seen: Set<string>;
  seenAliases: Set<string>;
  /**
   * For each number that a trial claims as a former one: whether the registry still lists it separately (N2).
   */
  listedAlone: Map<string, boolean>;
  /** Why the registry could not be asked about such numbers; what depends on them waits for the next run. */
  unconfirmed: string | null;
};
