import { groupOf, type ReportGroup, reportGroups } from '../../core/digests/report.ts';
import { usableTimezone } from '../../core/text/time-zones.ts';
import { wordsFor } from '../../core/wording/change-sentences.ts';
import { shapeOf } from '../../core/wording/shape/change-shape.ts';
import type { ChangeShape } from '../../core/wording/shape/shape.ts';
import { attributions } from '../../core/wording/sources.ts';
import { quoteRegistry } from '../../core/wording/values.ts';
import type { Wording } from '../../core/wording/wording.ts';
import { readSettings } from '../../db/admin/subscriber-settings.ts';
import type { ReleasedChange } from '../../db/catalog/feeds.ts';
import { listReported, readReported } from '../../db/subscribers/reports.ts';
import { exportFile, mayExport, tooMany } from '../feeds/changes-export.ts';
import type { ExportForm } from '../feeds/export-forms.ts';
import type { PageHandler, PageRequest } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { type DaySpan, readDaySpan } from '../shared/day-span.ts';
import { askForAddress, signedIn } from './manage-session.ts';

/** Most changes on one page; for more, the reader chooses a shorter period or downloads them. */
const changesAtMost = 5_000;
const daysAtFirst = 30;

type Line = {
  day: string;
  group: ReportGroup;
  id: string;
  title: string;
  shape: ChangeShape;
  sentence: string;
  quote: string | null;
  path: string;
};
type Report = { from: string; to: string; error: 'range' | null; lines: Line[]; isCut: boolean };

/** All changes in a person's subscriptions between two days, grouped by meaning, for printing. */
export const showReport = signedIn(async (request, deps, subscriberId) => {
  const report = await makeReport(request, deps, subscriberId);
  if (!report) return askForAddress(request, { status: 401 });
  const { wording } = request;
  const groups = Map.groupBy(report.lines, ({ group }) => group);
  return {
    page: 'report',
    title: wording.say('report.title'),
    status: report.error ? 422 : 200,
    view: {
      ...report,
      period: report.error
        ? ''
        : wording.say('report.period', { from: wording.date(report.from), to: wording.date(report.to) }),
      count: report.lines.length,
      terms: attributions(wording, Object.keys(deps.config.registries)).join(' '),
      groups: reportGroups.map((name) => ({ name, lines: groups.get(name) ?? [] })),
      query: new URLSearchParams({ from: report.from, to: report.to }).toString(),
    },
  };
});

/** All changes of the same period as a file, never cached. */
export const downloadReport = (form: ExportForm): PageHandler =>
  signedIn(async (request, deps, subscriberId) => {
    const person = await readSettings(deps.db, subscriberId);
    if (!person) return askForAddress(request, { status: 401 });
    const { from, to, instants } = readRange(request, usableTimezone(person.timezone));
    if (!instants) return showReport(request, deps);
    if (!mayExport(deps)) return tooMany;
    return exportFile(deps, () => readReported(deps.db, subscriberId, instants), {
      ...{ form, language: request.language, name: `${from}-${to}`, tag: '' },
    });
  });

async function makeReport(
  request: PageRequest,
  { db }: WebDeps,
  subscriberId: number,
): Promise<Report | null> {
  const { wording } = request;
  const person = await readSettings(db, subscriberId);
  if (!person) return null;
  const timezone = usableTimezone(person.timezone);
  const { from, to, instants } = readRange(request, timezone);
  if (!instants) return { from, to, error: 'range', lines: [], isCut: false };
  const changes = await listReported(db, subscriberId, instants, changesAtMost + 1);
  const isCut = changes.length > changesAtMost;
  const lines = changes.slice(isCut ? 1 : 0).map((one) => lineOf(wording, one, timezone));
  return { from, to, error: null, lines, isCut };
}

function lineOf(wording: Wording, one: ReleasedChange, timezone: string): Line {
  const { sentence, quote } = wordsFor(wording, one.change, one);
  const id = one.registryId;
  return {
    day: Temporal.Instant.from(one.releasedAt).toZonedDateTimeISO(timezone).toPlainDate().toString(),
    group: groupOf(one.change),
    id,
    title: quoteRegistry(wording, one.title) || wording.say('card.no-title'),
    shape: shapeOf(wording, one.change, one),
    sentence,
    quote,
    path: `/trials/${encodeURIComponent(id)}/changes/${one.id}`,
  };
}

/** The days that are asked for in the reader's time zone; by default the last 30 days. */
function readRange({ query, now }: PageRequest, timezone: string): DaySpan {
  const today = Temporal.Instant.from(now).toZonedDateTimeISO(timezone).toPlainDate();
  const usual = { from: today.subtract({ days: daysAtFirst }).toString(), to: today.toString() };
  return readDaySpan(query, timezone, usual);
}
