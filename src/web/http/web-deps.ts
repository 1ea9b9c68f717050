import type { Config } from '../../config.ts';
import type { DigestComparison, DigestPreview } from '../../core/digests/digest-preview.ts';
import type { InputResolution, ResolvedCondition } from '../../core/matching/understood.ts';
import type { Frequency } from '../../core/schedule.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../../db/connect.ts';
import type { Keys } from '../../keys.ts';
import type { Log } from '../../log.ts';
import type { Queues } from '../../queue/open.ts';
import type { Durations } from '../health/metrics.ts';

/** What the pages need from rooms they may not import. `app-actions.ts` provides it. */
export type WebActions = {
  /** Resolves a trial number, a registry link, a condition or everyday words; asks the registry if necessary. */
  resolveInput(text: string): Promise<InputResolution>;
  /** Finds a trial number in a text (M4), or null. */
  findTrialId(text: string): { registry: string; id: string } | null;
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
  /** The official page of a trial. */
  recordUrl(registry: string, id: string): string;
  /**
   * Enqueues a stored request; false if the queue's store is unavailable. Workers find the request anyway, a little
   * later.
   */
  enqueueRequest(requestId: number): Promise<boolean>;
  /** Composes a person's next digest without writing or sending anything. Null if there is no such person. */
  previewDigest(subscriberId: number): Promise<DigestPreview | null>;
  /** Composes the digests planned since an instant again, with the current rules, and compares them. Writes nothing. */
  compareDigests(how: { since: Instant; atMost: number; samplesAtMost: number }): Promise<DigestComparison>;
  /** Actions of an admin for a person, in the transaction that writes the audit log. */
  forPerson: PersonActions;
};

/** Mails that an admin triggers: within the allowance of the address (P3), and none to a suppressed address. */
export type PersonActions = {
  /** Adds subscriptions that their owner must confirm; null if the address is suppressed. */
  add(
    tx: Tx,
    wish: { email: string; frequency: Frequency | null; language: string | null },
    understood: readonly ResolvedCondition[],
  ): Promise<{
    subscriberId: number;
    subscriptionIds: number[];
    outcome: 'asked' | 'waits' | 'unasked' | 'known';
  } | null>;
  /** Sends the confirmation mail again. */
  askOnceMore(
    tx: Tx,
    person: { id: number; email: string },
  ): Promise<'asked' | 'refused' | 'stopped' | 'nothing-waits'>;
  /** Mails a link to the person's own page; false if they may get none, or no more today. */
  mailManageLink(tx: Tx, subscriberId: number): Promise<boolean>;
  /** Enqueues a person's mails, after the commit. Workers find them anyway, a little later. */
  enqueue(subscriberId: number): Promise<void>;
};

/** The outcome of reading a record again: recovered, still in quarantine, or no longer known to the registry. */
export type RereadOutcome =
  | { kind: 'healed' }
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
  now: () => Instant;
  durations: Durations;
  demo: boolean;
  actions: WebActions;
};
