import { usableTimezone } from '../../../core/text/time-zones.ts';
import type { ReportLine } from '../../../core/wording/report/report-lines.ts';
import { readSettings } from '../../../db/admin/subscriber-settings.ts';
import { listOwnLists } from '../../../db/lists/lists.ts';
import { baseLanguage } from '../../../languages.ts';
import { writeReportHtml, writeReportText } from '../../../mail/report/write-report.ts';
import { composeReport } from '../../../use-cases/lists/compose-report.ts';
import { mayExport, tooMany } from '../../feeds/changes-export.ts';
import { type FileBody, field } from '../../http/page-response.ts';
import { parseId } from '../../http/params.ts';
import { askForAddress, signedIn } from '../../manage/manage-session.ts';
import { pathOfList } from '../list-find.ts';
import { writeReportDocx } from './report-docx.ts';
import { readReportForm } from './report-form.ts';
import { linesIn } from './report-lines.ts';
import { reportForms, reportPage } from './report-page.ts';
import { sendReport } from './send-report.ts';

/** How a report can be saved: media type, ending, and how its lines are written. */
const files: Record<
  (typeof reportForms)[number],
  {
    type: string;
    ending: string;
    write: (lines: readonly ReportLine[], language: string) => string | Promise<Buffer>;
  }
> = {
  html: { type: 'text/html; charset=utf-8', ending: 'html', write: writeReportHtml },
  text: { type: 'text/plain; charset=utf-8', ending: 'txt', write: writeReportText },
  docx: {
    type: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    ending: 'docx',
    write: writeReportDocx,
  },
};

/** `GET` and `POST /manage/lists/{id}/report`: a report of an own list, to read, to print, to save, and to send. */
export const showListReport = signedIn(async (request, deps, subscriberId) => {
  const { db, config } = deps;
  const [list] = await listOwnLists(db, subscriberId, parseId(request.params.id ?? '') ?? 0);
  if (!list) return { notFound: true };
  const person = await readSettings(db, subscriberId);
  if (!person) return askForAddress(request, { status: 401 });
  const timezone = usableTimezone(person.timezone);
  const typed = readReportForm(request.form, {
    now: request.now,
    timezone,
    language: baseLanguage(request.language),
  });
  const { span, language, from, to, introduction, contact } = typed;
  if (typed.fault || span === null) return reportPage(request, list, typed, typed.fault ?? 'days');
  if (!mayExport(deps)) return tooMany;
  const registries = Object.keys(config.registries);
  const content = await composeReport({ db, registries }, { listId: list.id, span, timezone }, request.now);
  if (content === 'many') return reportPage(request, list, typed, 'many');
  const { name, organization } = list;
  const texts = { list: { name, organization }, introduction, contact };
  const report = { ...texts, period: { from, to }, ...content };
  const as = field(request.form, 'as');
  if (as === 'send' || as === 'order')
    return sendReport(request, deps, { subscriberId, list, typed, report, timezone });
  const lines = linesIn(deps, report, language, list.slug === null ? null : pathOfList(list.slug));
  const form = reportForms.find((one) => one === as);
  if (!form) return reportPage(request, list, typed, null, { lines });
  const { type, ending, write } = files[form];
  const saved: FileBody = {
    body: await write(lines, language),
    type,
    isWordless: true,
    fileName: `trialbell-report-${from}-${to}.${ending}`,
  };
  return saved;
});
