import type { PartialDate, Site, Trial, TrialField, TrialStatus } from './trial.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export const facets = [
  'status',
  'sites',
  'dates',
  'results',
  'expanded-access',
  'registration',
  'enrollment',
  'eligibility',
  'design',
  'title',
  'sponsor',
  'conditions',
  'interventions',
  'outcomes',
  'contacts',
  'description',
  'identifiers',
] as const;
export type Facet = (typeof facets)[number];

/** The site a change speaks of. `ref` is our own number for it within its trial, null when there is no history. */
export type ChangedSite = Pick<Site, 'ref' | 'facility' | 'city' | 'state' | 'country' | 'lat' | 'lon'>;

/** Something a person may want to hear: a typed value from which sentence, order, page and feed follow. */
export type Change = {
  facet: Facet;
  kind: string;
  before: Json;
  after: Json;
  site?: ChangedSite;
  /** The sponsor's own words, beside a status that came with a reason. */
  whyStopped?: string;
  /** Beside a status that was or became UNKNOWN: the last known one, null where the record gives none. */
  lastKnownStatus?: TrialStatus | null;
  /** Likewise: when the sponsor had last confirmed the record, `yyyy-MM` or `yyyy-MM-dd`; null where it does not say. */
  verifiedOn?: string | null;
  /** `sites-status`: how many sites the line stands for; `before` and `after` are the commonest of them. */
  count?: number;
  /** `sites-status`, when not all of them went the same way: how many sites now have each status (`none` without). */
  statuses?: { [status: string]: number };
  /** A date that cannot be right, so that nobody counts months from it. */
  implausible?: DateFault;
};

/** What is wrong with a date: before 1940, after 2080, or a completion before the start. */
export type DateFault = 'too-early' | 'too-late' | 'before-start';

/** `told`: a change of its own. `folded`: into a weightier line. `silent`: kept in history alone. */
export type Fate = 'told' | 'folded' | 'silent';

/** What an edit means for a person. */
export type Judgement = { fate: Fate; reason: string; change: Change | null };

/** One step from one version of a trial to the next. All edits together turn the old trial into the new one. */
export type Edit = Judgement &
  (
    | { field: Exclude<TrialField, 'sites'>; before: unknown; after: unknown }
    | { field: 'sites'; before: Site | null; after: Site | null; pairing: string }
  );

/** What comparing two versions of one trial yields. */
export type Comparison = {
  edits: Edit[];
  /** The told changes, weightiest first. */
  changes: Change[];
  /** The new version with its sites' refs carried over from the old one, new sites numbered on. */
  after: Trial;
};

export type DateValue = PartialDate | null;
