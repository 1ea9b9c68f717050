import type { Facet } from '../change.ts';
import type { ResolvedCondition } from '../matching/understood.ts';
import type { Frequency } from '../schedule.ts';
import type { SubscriptionFilters } from './filters.ts';
import type { SubjectStyle } from './subject-styles.ts';

/** What a sign-up form asks of the workers: whatever concerns the address is looked up there, not by the page (P2). */
export type SignUp = {
  email: string;
  choices: {
    understood: ResolvedCondition;
    filters: SubscriptionFilters;
    facets: Facet[];
    frequency: Frequency;
  }[];
  hour: number;
  timezone: string;
  subject: SubjectStyle;
  note: string | null;
  language: string;
  /** The browser's token, where it brought one: its person adds without a mail. */
  browser: string | null;
  consent: { wordingVersion: string; wordingHash: string };
};

/** Somebody wants the confirmation mail once more. */
export type ConfirmAgain = { email: string };

/** P3: confirmation mails to an address that has not confirmed, however it is spelled. */
export const confirmationAllowance = { most: 3, everyHours: 24 } as const;

/** N9: confirmation mails that strangers may cause to one destination domain in 24 hours. */
export const domainAllowance = { common: 2_000, other: 50 } as const;

/** N9: sign-ups that one API key may ask for in 24 hours. */
export const signUpsPerKey = 200;
