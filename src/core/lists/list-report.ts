import { addMs } from '../instants.ts';
import { normaliseProse, normaliseText } from '../text/text.ts';
import { findWebAddress } from '../text/web-address.ts';
import type { Instant } from '../trial.ts';

/** Longest introduction of a report, and longest name of whom to ask, in characters. */
export const introductionAtMost = 2_000;
export const contactAtMost = 200;

/** What an owner adds to a report: an introduction in paragraphs, and whom to ask. Plain text, empty if there is none. */
export type ReportTexts = { introduction: string; contact: string };

/** Cleans the texts of a report as typed: no invisible or direction-changing characters, and a contact of one line. */
export function cleanReportTexts({ introduction, contact }: ReportTexts): ReportTexts {
  return {
    introduction: normaliseProse(introduction.slice(0, introductionAtMost * 4).toWellFormed()),
    contact: normaliseText(contact.slice(0, contactAtMost * 4).toWellFormed()),
  };
}

/** What is wrong with the texts of a report; null if nothing. */
export function findReportFault({ introduction, contact }: ReportTexts): 'introduction' | 'contact' | null {
  if (introduction.length > introductionAtMost) return 'introduction';
  return contact.length > contactAtMost ? 'contact' : null;
}

/**
 * What is wrong with the texts of a report that we send; null if nothing. A web address in it would be a link of the
 * owner's in a message of ours.
 */
export function findSentFault({
  introduction,
  contact,
}: ReportTexts): 'introduction-address' | 'contact-address' | null {
  if (findWebAddress(introduction) !== null) return 'introduction-address';
  return findWebAddress(contact) === null ? null : 'contact-address';
}

/** The versions of the consent to a list that name reports. */
export const consentsToReports: readonly string[] = ['sign-up-4'];

/** How long after its order a report is sent: until then its owner can cancel it. */
const cancellableMs = 3_600_000;
/** At most one report of a list is sent in this time. */
const betweenReportsMs = 7 * 24 * 3_600_000;

/** When a report that is ordered now is sent. */
export function reportDueAt(now: Instant): Instant {
  return addMs(now, cancellableMs);
}

/** When the next report of a list can be ordered, by the last one that was ordered and not cancelled. */
export function nextReportAt(lastOrderedAt: Instant): Instant {
  return addMs(lastOrderedAt, betweenReportsMs);
}

/** The time that a report covers: the seven days before today, the month before today, or two days. */
export const reportPeriods = ['week', 'month', 'days'] as const;
/** The name of such a time. */
export type ReportPeriod = (typeof reportPeriods)[number];

/** The first and the last day of a week or a month that ended yesterday. `today` as `yyyy-MM-dd`. */
export function daysOfPeriod(period: 'week' | 'month', today: string): { from: string; to: string } {
  const day = Temporal.PlainDate.from(today);
  const from = period === 'week' ? day.subtract({ weeks: 1 }) : day.subtract({ months: 1 });
  return { from: from.toString(), to: day.subtract({ days: 1 }).toString() };
}
