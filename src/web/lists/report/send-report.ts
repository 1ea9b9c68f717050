import { createHash } from 'node:crypto';
import { findSentFault, nextReportAt } from '../../../core/lists/list-report.ts';
import { followersToShow } from '../../../core/lists/shared-list.ts';
import type { ListReport } from '../../../core/wording/report/report-words.ts';
import { countReportReaders } from '../../../db/digests/report-mails.ts';
import type { SharedList } from '../../../db/lists/lists.ts';
import { lastOrderedAt } from '../../../db/lists/reports.ts';
import { languages } from '../../../languages.ts';
import { trialsLimitBytes } from '../../../mail/digest-view.ts';
import { writeReportHtml } from '../../../mail/report/write-report.ts';
import { orderReport } from '../../../use-cases/lists/send-report.ts';
import { languageNames } from '../../http/negotiate-language.ts';
import { field, type PageRequest, type PageResponse } from '../../http/page-response.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { reportDone } from '../../manage/manage-session.ts';
import { pathOfOwn } from '../own-list.ts';
import type { ReportForm } from './report-form.ts';
import { articleOf, linesIn } from './report-lines.ts';
import { reportPage } from './report-page.ts';

/** A report of an own list as composed, with its form as typed. */
type Asked = {
  subscriberId: number;
  list: SharedList;
  typed: ReportForm;
  report: ListReport;
  timezone: string;
};

/**
 * Shows a report as its followers would get it; once that was agreed to as shown, orders it. What is refused comes back
 * with everything that was typed.
 */
export async function sendReport(
  request: PageRequest,
  deps: WebDeps,
  { subscriberId, list, typed, report, timezone }: Asked,
): Promise<PageResponse> {
  const { wording, form, now } = request;
  const fault = findSentFault(typed) ?? (report.digest === null ? 'nothing' : null);
  if (fault) return reportPage(request, list, typed, fault);
  if (languages.some((language) => isLarge(deps, report, language)))
    return reportPage(request, list, typed, 'large');
  const last = await lastOrderedAt(deps.db, list.id);
  const refuseRecent = (at: string) =>
    reportPage(request, list, typed, 'recent', { next: wording.moment(nextReportAt(at), timezone) });
  if (last !== null && nextReportAt(last) > now) return refuseRecent(last);
  const lines = linesIn(deps, report, typed.language, null);
  const seen = createHash('sha256')
    .update(JSON.stringify([typed.language, lines]))
    .digest('hex');
  const isAgreed = field(form, 'as') === 'order';
  if (isAgreed && field(form, 'seen') === seen) {
    const done = await orderReport(deps, subscriberId, list.id, report, now);
    if (done === null) return { notFound: true };
    if (done === 'recent') return refuseRecent(now);
    return { ...reportDone('report-ordered'), seeOther: pathOfOwn(list.id) };
  }
  const count = followersToShow(await countReportReaders(deps.db, list.id));
  return {
    page: 'list-report-send',
    title: wording.say('list-report.send.title'),
    view: {
      action: `${pathOfOwn(list.id)}/report`,
      back: pathOfOwn(list.id),
      isOther: isAgreed,
      facts: [
        count === null
          ? wording.say('list-report.send.few')
          : wording.say('list-report.send.count', { count }),
        wording.say('list-report.send.when'),
        wording.say('list-report.send.language', {
          languages: wording.list(languages.map((code) => languageNames.get(code) ?? code)),
        }),
      ],
      fields: { ...fieldsOf(typed), seen },
      ...articleOf(lines, typed.language),
    },
  };
}

/** Whether a report is too large for an email in a language. */
function isLarge(deps: WebDeps, report: ListReport, language: string): boolean {
  const html = writeReportHtml(linesIn(deps, report, language, null), language);
  return Buffer.byteLength(html) > trialsLimitBytes;
}

const fieldsOf = ({ period, from, to, language, introduction, contact }: ReportForm) => ({
  ...{ period, from, to, language, introduction, contact },
});
