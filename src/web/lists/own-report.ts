import { contactAtMost, introductionAtMost, reportPeriods } from '../../core/lists/list-report.ts';
import { usableTimezone } from '../../core/text/time-zones.ts';
import { blocksOf, headingLevel, type ReportLine } from '../../core/wording/report/report-lines.ts';
import { reportLines } from '../../core/wording/report/report-words.ts';
import { readSettings } from '../../db/admin/subscriber-settings.ts';
import { listOwnLists, type SharedList } from '../../db/lists/lists.ts';
import { baseLanguage, languages, speakIn } from '../../languages.ts';
import { createMarkingWording } from '../../mail/catalogue.ts';
import { customOf } from '../../mail/custom/custom.ts';
import { writeReportHtml, writeReportText } from '../../mail/report/write-report.ts';
import { composeReport } from '../../use-cases/lists/compose-report.ts';
import { mayExport, tooMany } from '../feeds/changes-export.ts';
import { languageNames } from '../http/negotiate-language.ts';
import { type FileBody, field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import { parseId } from '../http/params.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { askForAddress, signedIn } from '../manage/manage-session.ts';
import { pathOfList } from './list-find.ts';
import { pathOfOwn } from './own-list.ts';
import { writeReportDocx } from './report-docx.ts';
import { type ReportFault, type ReportForm, readReportForm } from './report-form.ts';

/** The forms in which a report can be saved: media type, and how its lines are written. */
const files: Record<
  string,
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

/** `GET` and `POST /manage/lists/{id}/report`: a report of an own list, to read, to print, and to save. */
export const showListReport = signedIn(async (request, deps, subscriberId) => {
  const [list] = await listOwnLists(deps.db, subscriberId, parseId(request.params.id ?? '') ?? 0);
  if (!list) return { notFound: true };
  const person = await readSettings(deps.db, subscriberId);
  if (!person) return askForAddress(request, { status: 401 });
  const timezone = usableTimezone(person.timezone);
  const typed = readReportForm(request.form, {
    now: request.now,
    timezone,
    language: baseLanguage(request.language),
  });
  if (typed.fault || typed.span === null) return reportPage(request, list, typed, typed.fault ?? 'days');
  if (!mayExport(deps)) return tooMany;
  const lines = await makeLines(request, deps, list, { ...typed, span: typed.span }, timezone);
  if (lines === 'many') return reportPage(request, list, typed, 'many');
  const as = field(request.form, 'as');
  const file = Object.hasOwn(files, as) ? files[as] : undefined;
  if (!file) return reportPage(request, list, typed, null, lines);
  const saved: FileBody = {
    body: await file.write(lines, typed.language),
    type: file.type,
    isWordless: true,
    fileName: `trialbell-report-${typed.from}-${typed.to}.${file.ending}`,
  };
  return saved;
});

async function makeLines(
  { now }: PageRequest,
  { db, config, actions }: WebDeps,
  list: SharedList,
  form: ReportForm & { span: NonNullable<ReportForm['span']> },
  timezone: string,
): Promise<ReportLine[] | 'many'> {
  const { language, span, from, to, introduction, contact } = form;
  const registries = Object.keys(config.registries);
  const content = await composeReport({ db, registries }, { listId: list.id, span, timezone }, now);
  if (content === 'many') return 'many';
  const base = config.baseUrl.replace(/\/+$/, '');
  const page = (path: string) => speakIn(base + path, language, config.defaultLanguage);
  return reportLines(
    createMarkingWording(language, customOf(config)),
    { list, period: { from, to }, introduction, contact, ...content },
    { page, record: actions.recordUrl, list: list.slug === null ? null : page(pathOfList(list.slug)) },
  );
}

function reportPage(
  { wording }: PageRequest,
  list: SharedList,
  typed: ReportForm,
  error: ReportFault | null,
  lines: readonly ReportLine[] = [],
): PageResponse {
  return {
    page: 'list-report',
    title: wording.say('list-report.page.title'),
    status: error ? 422 : 200,
    view: {
      back: pathOfOwn(list.id),
      action: `${pathOfOwn(list.id)}/report`,
      typed,
      error,
      most: error === 'contact' ? contactAtMost : introductionAtMost,
      ...{ introductionAtMost, contactAtMost, periods: reportPeriods, forms: Object.keys(files) },
      reportLanguages: languages.map((code) => ({ code, name: languageNames.get(code) ?? code })),
      reportLanguage: typed.language,
      blocks: lines.length === 0 ? null : blocksOf(lines),
      tagOf: (line: ReportLine) => {
        const level = headingLevel(line, lines);
        return level === null ? 'p' : `h${level + 2}`;
      },
    },
  };
}
