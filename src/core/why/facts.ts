import type { Change, Facet, Fate } from '../change.ts';
import type { Candidate, ComposedItem, FollowedSubscription, ToldLater } from '../digests/compose.ts';
import type { DigestItem, Reason } from '../digests/digest.ts';
import type { Frequency } from '../schedule.ts';
import type { Instant, Trial } from '../trial.ts';

/** A subscription of the person who is asked about, as it stands now. */
export type FollowFacts = FollowedSubscription & {
  state: 'pending' | 'active' | 'paused' | 'ended';
  facets: Facet[];
  frequency: Frequency;
  weekday: number;
  /** Its cursor: what was released up to here was looked at for it. */
  position: number | null;
  nextDueAt: Instant | null;
  createdAt: Instant;
  endedAt: Instant | null;
  pausedUntil: Instant | null;
};

/** What an admin decided about a change that was held. */
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
  /** Why the brake held it; null when it only waited for one before it, or was not held. */
  heldBecause: string | null;
  decision: DecisionFacts | null;
  /** The edit it came from; null for a change of the trial's place in the registry. */
  edit: { fate: Fate; reason: string } | null;
  /** How it was settled for the person: in a digest, or (`digestId` null) without one. Null when it was not. */
  settled: (ComposedItem & { digestId: number | null }) | null;
  /** Later changes of the same facet that the person was told. */
  toldLater: ToldLater[];
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
  /** A doubt that is not tried again. */
  settled: boolean;
  pacedUntil: Instant | null;
  bounces: { kind: string; at: Instant }[];
};

/** A digest with something of the trial, as it would go out, or went out. */
export type DigestFacts = {
  id: number;
  /** When it was due, and when it was promised. */
  dueAt: Instant;
  plannedAt: Instant;
  /** What of the trial it settles, and its reasons; no reasons when the trial is not in it. */
  items: DigestItem[];
  reasons: Reason[];
  mail: MailFacts | null;
};

/** Why nothing leaves now: refused for our standing, or a mail server that is away. */
export type PauseFacts = { reason: 'policy' | 'relay'; until: Instant; reply: string };

/** Everything that decides what a person is told of a trial. */
export type WhyFacts = {
  now: Instant;
  person: {
    timezone: string;
    hour: number;
    /** Mail to the address was stopped for good. */
    suppressed: { reason: string; since: Instant } | null;
  };
  /** As it is told; null when it is not stored. */
  trial: Trial | null;
  /** Earlier versions, by `trialId/version`, for who has filters. */
  before: Map<string, Trial>;
  trialId: number;
  follows: FollowFacts[];
  /** Newest first. */
  changes: ChangeFacts[];
  digests: DigestFacts[];
  /** What active subscriptions have not been told of the trial. */
  candidates: Candidate[];
  pause: PauseFacts | null;
};

/** How long what people were told is kept, in days: digests, and which changes they settled. */
export const toldKeptDays = 90;

/** One link of the chain: a message and what it speaks of. `yes` leads on, `no` ends it, `wait` holds it up. */
export type Step = {
  verdict: 'yes' | 'no' | 'wait' | 'plain';
  key: string;
  /** By the message's names; those that end in `At` are instants, `facet` a facet, `filters` a list of filters. */
  values: { [name: string]: string | number };
};

/** Where the chain ends. */
export type Verdict =
  | { kind: 'sent' | 'promised' | 'in-doubt' | 'undelivered'; digestId: number }
  | { kind: 'next'; at: Instant }
  /** So long ago that nobody kept whether it was told. */
  | { kind: 'forgotten' }
  | { kind: 'not'; because: Because };

/** Why a change is not told, in the order in which it fails: the later, the nearer it came. */
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
  'overtaken',
  'netted',
  'taken-back',
  'suppressed',
] as const;
export type Because = (typeof becauses)[number];

/** The chain for one change, and its end. */
export type Explanation = { steps: Step[]; verdict: Verdict };
