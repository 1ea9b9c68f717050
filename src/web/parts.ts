import type { Config } from '../config.ts';
import type { Understanding } from '../core/matching/understood.ts';
import type { Instant } from '../core/trial.ts';
import type { Db } from '../db/connect.ts';
import type { Keys } from '../keys.ts';
import type { Log } from '../log.ts';
import type { Queues } from '../queue/open.ts';
import type { Durations } from './metrics.ts';

/** What pages ask of the rooms they may not import; the composition root hands it in. */
export type Acts = {
  /** Understands a trial's number, a registry's link, a condition or lay words; asks the registry where it must. */
  understand(text: string): Promise<Understanding>;
  /** The id of a trial in a text (M4), or null. */
  findTrialId(text: string): { registry: string; id: string } | null;
  /** Asks the registry which of these ids it knows, and as what; nothing is stored. Throws RegistryUnavailable. */
  lookUpTrials(registry: string, ids: readonly string[]): Promise<Map<string, { id: string; title: string }>>;
  /** Reads a trial from the registry and stores it; false when the registry does not know it. Throws RegistryUnavailable. */
  fetchTrial(registry: string, id: string): Promise<boolean>;
  /** The official page of a trial. */
  recordUrl(registry: string, id: string): string;
  /** Tells the workers that a request row waits. The row is found without it too, a little later. */
  ringRequest(requestId: number): Promise<void>;
};

/** What the pages need. */
export type WebParts = {
  config: Config;
  db: Db;
  keys: Keys;
  log: Log;
  version: string;
  queues: Promise<Queues>;
  now: () => Instant;
  durations: Durations;
  demo: boolean;
  acts: Acts;
};
