import type { Facet } from '../change.ts';
import type { ResolvedCondition } from '../matching/understood.ts';
import type { Frequency, WeeklyCap } from '../schedule.ts';
import type { SubscriptionFilters } from './filters.ts';
import type { SubjectStyle } from './subject-styles.ts';

/** A sign-up for the workers. They, not the page, look up anything about the address (P2). */
export type SignUp = {
  email: string;
  choices: {
    understood: ResolvedCondition;
    filters: SubscriptionFilters;
    facets: Facet[];
    frequency: Frequency;
  }[];
  /** A list to follow; without a frequency, the usual one of trials and of conditions. */
  list?: { id: number; frequency: Frequency | null };
  hour: number;
  timezone: string;
  subject: SubjectStyle;
  /** The most emails in 7 days, without confirmations and answers; null for no limit. Absent in older requests. */
  weeklyCap?: WeeklyCap | null;
  note: string | null;
  language: string;
  /**
   * Only in requests of an earlier version: its form asked for the consent, and a browser that had confirmed added
   * subscriptions without a mail.
   */
  browser?: string | null;
  consent?: { wordingVersion: string; wordingHash: string };
};

/** A request to send the confirmation mail again. */
export type ConfirmAgain = { email: string };
