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

/** What pages ask of the rooms they may not import; the composition root hands it in. */
export type WebActions = {
  /** Understands a trial's number, a registry's link, a condition or lay words; asks the registry where it must. */
  resolveInput(text: string): Promise<InputResolution>;
  /** The id of a trial in a text (M4), or null. */
  findTrialId(text: string): { registry: string; id: string } | null;
  /** Asks the registry which of these ids it knows, and as what; nothing is stored. Throws RegistryUnavailable. */
  lookUpTrials(registry: string, ids: readonly string[]): Promise<Map<string, { id: string; title: string }>>;
  /** Reads a trial from the registry and stores it; false when the registry does not know it. Throws RegistryUnavailable. */
  fetchTrial(registry: string, id: string): Promise<boolean>;
  /**
   * Reads a record that was set aside from its registry again, now: it heals and is stored, or stays, with the reason.
   * Throws RegistryUnavailable, and a TrialbellError while another process reads that registry.
   */
  readAgain(registry: string, id: string): Promise<RereadOutcome>;
  /** The official page of a trial. */
  recordUrl(registry: string, id: string): string;
  /** Tells the workers that a request row waits; false while the queue’s store is away. The row is found without it too, a little later. */
  enqueueRequest(requestId: number): Promise<boolean>;
  /** Somebody's next digest; nothing is written, nothing is sent. Null for no such person. */
  previewDigest(subscriberId: number): Promise<DigestPreview | null>;
  /** The digests promised since an instant as today's rules would make them: what differs. Nothing is written. */
  compareDigests(how: { since: Instant; atMost: number; samplesAtMost: number }): Promise<DigestComparison>;
  /** What an admin does for somebody, in the transaction that writes it to the audit log. */
  forPerson: PersonActions;
};

/** Mails to people that an admin sets off: each within the allowance of the address (P3), none to one that was stopped. */
export type PersonActions = {
  /** Adds what is to be followed once its owner has confirmed; null when mail to the address was stopped for good. */
  add(
    tx: Tx,
    wish: { email: string; frequency: Frequency | null; language: string | null },
    understood: readonly ResolvedCondition[],
  ): Promise<{
    subscriberId: number;
    subscriptionIds: number[];
    outcome: 'asked' | 'waits' | 'unasked' | 'known';
  } | null>;
  /** The confirmation mail once more. */
  askOnceMore(
    tx: Tx,
    person: { id: number; email: string },
  ): Promise<'asked' | 'refused' | 'stopped' | 'nothing-waits'>;
  /** A link to their own page; false when they get none, or had all of a day. */
  mailManageLink(tx: Tx, subscriberId: number): Promise<boolean>;
  /** Tells the workers, after the commit, that mails wait for a person. They are found without it too, a little later. */
  enqueue(subscriberId: number): Promise<void>;
};

/** What came of reading a record again: stored, still not trusted, or not known to the registry any more. */
export type RereadOutcome =
  | { kind: 'healed' }
  | { kind: 'set-aside'; reason: string }
  | { kind: 'not-known' };

/** What the pages need. */
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
