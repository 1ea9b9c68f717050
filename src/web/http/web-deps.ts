import type { Config } from '../../config.ts';
import type { DigestComparison, DigestPreview } from '../../core/digests/digest-preview.ts';
import type { InputResolution } from '../../core/matching/understood.ts';
import type { TrialName } from '../../core/subscriptions/typed-text.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db } from '../../db/connect.ts';
import type { Keys } from '../../keys.ts';
import type { Log } from '../../log.ts';
import type { Queues } from '../../queue/open.ts';
import type { Durations } from '../health/metrics.ts';
import type { FairShare } from './fair-share.ts';

/** What the pages need from rooms they may not import. `app-actions.ts` provides it. */
export type WebActions = {
  /** Understands words as a condition; asks the registry if necessary. */
  understandWords(words: string): Promise<InputResolution>;
  /** Finds the trial numbers in a text (M4). */
  findTrialIds(text: string): TrialName[];
  /** Asks the registry for the current ids and titles of some ids. Stores nothing. Throws RegistryUnavailable. */
  lookUpTrials(registry: string, ids: readonly string[]): Promise<Map<string, { id: string; title: string }>>;
  /**
   * Reads a trial from the registry and stores it; false if the registry does not know it. Throws RegistryUnavailable.
   */
  fetchTrial(registry: string, id: string): Promise<boolean>;
  /**
   * Reads a quarantined record from its registry again. It recovers and is stored, or stays in quarantine with the
   * reason. Throws RegistryUnavailable, and a TrialbellError while another process reads that registry.
   */
  readAgain(registry: string, id: string): Promise<RereadOutcome>;
  /** Notifies the admins of the operator's own texts and templates that failed in use. */
  reportCustomFailures(failures: readonly string[]): Promise<void>;
  /** The official page of a trial. */
  recordUrl(registry: string, id: string): string;
  /** Composes a person's next digest without writing or sending anything. Null if there is no such person. */
  previewDigest(subscriberId: number): Promise<DigestPreview | null>;
  /** Composes the digests planned since an instant again, with the current rules, and compares them. Writes nothing. */
  compareDigests(how: { since: Instant; atMost: number; samplesAtMost: number }): Promise<DigestComparison>;
};

/** The outcome of reading a record again: recovered, still in quarantine, or no longer known to the registry. */
export type RereadOutcome =
  | { kind: 'recovered' }
  | { kind: 'set-aside'; reason: string }
  | { kind: 'not-known' };

/** The dependencies of the pages. */
export type WebDeps = {
  config: Config;
  db: Db;
  keys: Keys;
  log: Log;
  version: string;
  queues: Promise<Queues>;
  /** Notifies the workers of a waiting row. False if the queue's store is unavailable; the sweep then finds the row. */
  enqueue: Queues['enqueue'];
  now: () => Instant;
  durations: Durations;
  demo: boolean;
  actions: WebActions;
  /** An opaque name of the client, for rate limits. It is the same for one network address while this process runs. */
  asker: string;
  /** Limits how many trials each client may have looked up at a registry. */
  lookUps: FairShare;
  /** Limits how many files of changes each client may download. */
  exports: FairShare;
};
