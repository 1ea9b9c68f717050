import { type ListReport, reportLines } from '../../core/wording/report/report-words.ts';
import { personalUrl, type ViewTools } from '../view-tools.ts';
import { reportText, reportView } from './write-report.ts';

/** The input of the mail with a report of a list. */
export type ReportData = {
  report: ListReport;
  tokens: { unsubscribe: string; manage: string };
  /** Returns the official page of a trial. */
  recordUrl: (registry: string, id: string) => string;
};

/**
 * Makes the values that the templates of a report show: the lines that its owner saw, and why its reader gets them. A
 * discreet one has no links that name a trial.
 */
export function reportMailView(
  { report, tokens, recordUrl }: ReportData,
  { wording, base, publicUrl, isDiscreet }: ViewTools,
): object {
  const { say } = wording;
  const lines = reportLines(wording, report, {
    trials: isDiscreet ? null : { page: publicUrl, record: recordUrl },
    list: null,
  });
  return {
    ...reportView(lines),
    subject: say('list-report.mail.subject'),
    heading: say('list-report.mail.subject'),
    reportText: reportText(lines),
    after: [
      ...(isDiscreet ? [say('list-report.mail.discreet')] : []),
      say('list-report.mail.why', { manage: say('digest.manage') }),
    ],
    unsubscribeUrl: personalUrl(base, 'unsubscribe', tokens.unsubscribe),
    manageUrl: personalUrl(base, 'manage', tokens.manage),
  };
}
