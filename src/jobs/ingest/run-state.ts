import type { PhraseIndex, Topic } from '../../core/matching/topics.ts';
import type { Day, Instant } from '../../core/trial.ts';
import type { RunFigures } from '../../db/ingest/runs.ts';
import type { Lease } from '../../db/leases.ts';
import type { RunKind } from '../../db/schema.ts';
import type { Registry } from '../../registries/registry.ts';

/** What one run stores into: its row, its lease, who follows what, and its figures so far. */
export type Run = {
  id: number;
  kind: RunKind;
  registry: Registry;
  lease: Lease;
  followed: Set<Topic>;
  phrases: PhraseIndex;
  /** The day of the last completed run's data; null before the first. Trials first posted from then on are new (C13). */
  lastDay: Day | null;
  readAt: Instant;
  figures: RunFigures;
  /** Ids that were read so far, and the obsolete ids of those trials. */
  seen: Set<string>;
  seenAliases: Set<string>;
  /** Numbers that trials claim as former ones: whether the registry still lists each on its own (N2). */
  listedAlone: Map<string, boolean>;
};
