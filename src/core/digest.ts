import type { Change } from './change.ts';
import type { Day, Instant, Trial } from './trial.ts';

/** What a mail or page needs to know of a trial beside what changed: its present state, without its long texts. */
export type TrialCard = Pick<
  Trial,
  | 'registry'
  | 'id'
  | 'title'
  | 'status'
  | 'lastKnownStatus'
  | 'whyStopped'
  | 'verifiedOn'
  | 'startDate'
  | 'primaryCompletionDate'
  | 'completionDate'
  | 'firstPostedOn'
  | 'lastUpdatePostedOn'
  | 'resultsPostedOn'
  | 'studyType'
  | 'phases'
  | 'enrollment'
  | 'sponsor'
  | 'conditions'
  | 'minimumAge'
  | 'maximumAge'
  | 'sex'
> & { siteCount: number; recruitingSiteCount: number; countries: string[] };

/** Why a trial is in a digest: what the person follows, since when, and what matched. */
export type Reason = {
  subscriptionId: number;
  kind: 'trial' | 'condition';
  /** What was followed, in the person's own words (the NCT number for a trial). */
  words: string;
  since: Instant;
  match: Match;
};

/** How a trial matches a subscription (M1). `words` is what matched: a concept's term or a phrase. */
export type Match =
  | { by: 'trial' }
  | { by: 'concept'; words: string }
  | { by: 'beneath'; words: string }
  | { by: 'phrase'; words: string };

/** `told`: a change of the trial. `entered`: the trial came to match, or was found late. `left`: it no longer matches. */
export type ItemKind = 'told' | 'entered' | 'left';

/** One thing a person has not been told yet. */
export type DigestItem = {
  changeId: number;
  position: number;
  subscriptionId: number;
  kind: ItemKind;
  detectedAt: Instant;
  change: Change;
};

export type DigestInput = {
  trials: { card: TrialCard; items: DigestItem[]; reasons: Reason[] }[];
  /** The registry's data day that the newest of these changes was read from, and when it was read. */
  dataDay: Day;
  readAt: Instant;
  now: Instant;
  timezone: string;
};

/** A composed digest: ordered, netted and folded, in no language yet. Stored with the promise and rendered from it. */
export type Digest = {
  trials: DigestTrial[];
  dataDay: Day;
  readAt: Instant;
  composedAt: Instant;
  timezone: string;
};

export type DigestTrial = {
  card: TrialCard;
  kind: ItemKind;
  /** Weightiest first. */
  changes: Change[];
  /** Facets and counts of what is folded into one line. */
  folded: { facet: string; kind: string; count: number }[];
  reasons: Reason[];
};
