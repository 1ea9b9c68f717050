import {
  cleanReportTexts,
  daysOfPeriod,
  findReportFault,
  type ReportPeriod,
  type ReportTexts,
  reportPeriods,
} from '../../../core/lists/list-report.ts';
import type { Instant } from '../../../core/trial.ts';
import { languages } from '../../../languages.ts';
import { type Form, field } from '../../http/page-response.ts';
import { readDaySpan } from '../../shared/day-span.ts';

/** What is wrong with the form of a report. */
export const reportFaults = [
  'days',
  'many',
  'introduction',
  'contact',
  // These keep it from being sent.
  'introduction-address',
  'contact-address',
  'nothing',
  'large',
  'recent',
] as const;
/** The name of such a fault. */
export type ReportFault = (typeof reportFaults)[number];

/** The form of a report as typed, cleaned, with the span that its days make. */
export type ReportForm = ReportTexts & {
  period: ReportPeriod;
  from: string;
  to: string;
  language: string;
  span: { from: Instant; until: Instant } | null;
  fault: ReportFault | null;
};

/** Reads the form of a report, or an empty one: then it is about the week before today, in the page's language. */
export function readReportForm(
  form: Form,
  { now, timezone, language }: { now: Instant; timezone: string; language: string },
): ReportForm {
  const today = Temporal.Instant.from(now).toZonedDateTimeISO(timezone).toPlainDate().toString();
  const period = reportPeriods.find((one) => one === field(form, 'period')) ?? 'week';
  const asked = field(form, 'language');
  const texts = cleanReportTexts({
    introduction: form.introduction?.[0] ?? '',
    contact: form.contact?.[0] ?? '',
  });
  const typed = { from: field(form, 'from'), to: field(form, 'to') };
  const days = period === 'days' ? typed : daysOfPeriod(period, today);
  const { instants } = readDaySpan({ from: [days.from], to: [days.to] }, timezone);
  const span = instants?.from && instants.until ? { from: instants.from, until: instants.until } : null;
  return {
    ...texts,
    ...days,
    period,
    language: languages.includes(asked) ? asked : language,
    span,
    fault: span === null ? 'days' : findReportFault(texts),
  };
}
