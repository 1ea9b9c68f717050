import { contactAtMost, introductionAtMost, reportPeriods } from '../../../core/lists/list-report.ts';
import type { ReportLine } from '../../../core/wording/report/report-lines.ts';
import type { SharedList } from '../../../db/lists/lists.ts';
import { languages } from '../../../languages.ts';
import { languageNames } from '../../http/negotiate-language.ts';
import type { PageRequest, PageResponse } from '../../http/page-response.ts';
import { pathOfOwn } from '../own-list.ts';
import type { ReportFault, ReportForm } from './report-form.ts';
import { articleOf } from './report-lines.ts';

/** The forms in which a report can be saved. */
export const reportForms = ['html', 'text', 'docx'] as const;

/** The page with the form of a report as typed, what is wrong with it, and the report. `next`: when one can be ordered. */
export function reportPage(
  { wording }: Pick<PageRequest, 'wording'>,
  list: SharedList,
  typed: ReportForm,
  error: ReportFault | null,
  { lines = [], next = '' }: { lines?: readonly ReportLine[]; next?: string } = {},
): PageResponse {
  const most = error === 'contact' ? contactAtMost : introductionAtMost;
  return {
    page: 'list-report',
    title: wording.say('list-report.page.title'),
    status: error ? 422 : 200,
    view: {
      back: pathOfOwn(list.id),
      action: `${pathOfOwn(list.id)}/report`,
      typed,
      error: error && wording.say(`list-report.page.error.${error}`, { most, next }),
      wrong: error === 'many' ? 'days' : (error?.replace('-address', '') ?? ''),
      ...{ introductionAtMost, contactAtMost, periods: reportPeriods, forms: reportForms },
      reportLanguages: languages.map((code) => ({ code, name: languageNames.get(code) ?? code })),
      ...articleOf(lines, typed.language),
    },
  };
}
