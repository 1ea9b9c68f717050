import type { Change, Facet, Fate } from '../change.ts';
import type { Candidate, ComposedItem, FollowedSubscription, NotifiedChange } from '../digests/compose.ts';
import type { DigestItem, Reason } from '../digests/digest.ts';
import type { Frequency } from '../schedule.ts';
import type { Instant, Trial } from '../trial.ts';

/** A subscription of the person in question, in its present state. */
export type FollowFacts = FollowedSubscription & {
  state: 'pending' | 'active' | 'paused' | 'ended';
  facets: Facet[];
  frequency: Frequency;
  weekday: number;
  /** Its cursor: changes up to this position were considered for it. */
  position: number | null;
  nextDueAt: Instant | null;
  createdAt: Instant;
  endedAt: Instant | null;
  pausedUntil: Instant | null;
  /** The name of the followed list that brought it. */
  list: string | null;
};

/** An admin's decision about a held change. */
export type DecisionFacts = { act: 'release' | 'discard'; actor: string; at: Instant };

/** A detected change of the trial. */
export type ChangeFacts = {
  id: number;
  version: number;
  runId: number;
  change: Change;
  topics: string[];
  otherTopics: string[] | null;
  state: 'pending' | 'held' | 'released' | 'discarded';
  position: number | null;
  detectedAt: Instant;
  releasedAt: Instant | null;
  heldBy: number | null;
  /** Why the anomaly check held it; null if it only waited for an earlier one, or was not held. */
  heldBecause: string | null;
  decision: DecisionFacts | null;
  /** The edit that it came from; null if the trial was removed from the registry or returned. */
  edit: { fate: Fate; reason: string } | null;
  /**
   * How it was settled for the person: in a digest, or without one (`digestId` null). Null if it is not
   * settled.
   */
  settled: (ComposedItem & { digestId: number | null }) | null;
  /** Later changes of the same facet that were reported to the person. */
  notifiedLater: NotifiedChange[];
};

/** A mail of the ledger. */
export type MailFacts = {
  phase:
    | 'planned'
    | 'claimed'
    | 'body'
    | 'sent'
    | 'retry'
    | 'failed'
    | 'ambiguous'
    | 'cancelled'
    | 'suppressed';
  plannedAt: Instant;
  dueAt: Instant;
  attempts: number;
  reply: string | null;
  messageId: string | null;
  finishedAt: Instant | null;
  wasAmbiguous: boolean;
  /** The outcome is unknown, and there will be no further attempt. */
  settled: boolean;
  pacedUntil: Instant | null;
  bounces: { kind: string; at: Instant }[];
};

/** A digest with news of the trial, as it was or would be sent. */
export type DigestFacts = {
  id: number;
  /** When it was due, and when it was promised. */
  dueAt: Instant;
  plannedAt: Instant;
  /** The items of the trial that it settles, and its reasons; no reasons if the trial is not in it. */
  items: DigestItem[];
  reasons: Reason[];
  mail: MailFacts | null;
};

/** Why sending is paused: refused for our reputation, or the mail server is unavailable. */
export type PauseFacts = { reason: 'policy' | 'relay'; until: Instant; reply: string };

/** All facts that decide which news of a trial a person gets. */
export type WhyFacts = {
  now: Instant;
  person: {
    timezone: string;
    hour: number;
    /** Until when their weekly limit makes news wait; null if it does not. */
    cappedUntil: Instant | null;
    /** Mail to the address was stopped permanently. */
    suppressed: { reason: string; since: Instant } | null;
  };
  /** The trial as mails show it; null if it is not stored. */
  trial: Trial | null;
  /** Earlier versions by `trialId/version`, for subscriptions with filters. */
  before: Map<string, Trial>;
  trialId: number;
  follows: FollowFacts[];
  /** Newest first. */
  changes: ChangeFacts[];
  digests: DigestFacts[];
  /** Changes of the trial that active subscriptions have not reported yet. */
  candidates: Candidate[];
  pause: PauseFacts | null;
};

/** How long the records of digests and their settled changes are kept, in days. */
export const digestRetentionDays = 90;

/** One step of an explanation: a message and its values. `yes` leads on, `no` ends it, `wait` delays it. */
export type Step = {
  verdict: 'yes' | 'no' | 'wait' | 'plain';
  key: string;
  /** Values by name: names that end in `At` are instants, `facet` is a facet, `filters` a list of filters. */
  values: { [name: string]: string | number };
};

/** The end of an explanation. */
export type Verdict =
  | { kind: 'sent' | 'promised' | 'in-doubt' | 'undelivered'; digestId: number }
  | { kind: 'next'; at: Instant }
  /** It is too old: whether it was reported is no longer stored. */
  | { kind: 'forgotten' }
  | { kind: 'not'; because: Because };

/** Why a change is not reported, in the order of the checks: a later reason means that it came closer. */
export const becauses = [
  'unreleased',
  'held',
  'discarded',
  'unmatched',
  'ended',
  'before',
  'pending',
  'unwatched',
  'facet',
  'condition-only',
  'trial-only',
  'grew-old',
  'known',
  'passed',
  'forgotten',
  'paused',
  'filters',
  'excluded',
  'overtaken',
  'told-elsewhere',
  'netted',
  'taken-back',
  'suppressed',
] as const;
/** The reason why a change is not reported. */
export type Because = (typeof becauses)[number];

/** The steps for one change, and the verdict. */
export type Explanation = { steps: Step[]; verdict: Verdict };
