import { groupOf, type ReportGroup, reportGroups } from '../../core/digests/report.ts';
import { usableTimezone } from '../../core/text/time-zones.ts';
import type { Instant } from '../../core/trial.ts';
import { wordsFor } from '../../core/wording/change-sentences.ts';
import { shapeOf } from '../../core/wording/shape/change-shape.ts';
import type { ChangeShape } from '../../core/wording/shape/shape.ts';
import { attributions } from '../../core/wording/sources.ts';
import { quoteRegistry } from '../../core/wording/values.ts';
import type { Wording } from '../../core/wording/wording.ts';
import { readSettings } from '../../db/admin/subscriber-settings.ts';
import type { ReleasedChange } from '../../db/catalog/feeds.ts';
import { listReported } from '../../db/subscribers/reports.ts';
import { writeCsv } from '../http/csv.ts';
import { type Form, field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { askForAddress, signedIn } from './manage-session.ts';

/** Most changes in one report; for more, the reader chooses a shorter period. */
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
      csvPath: `/manage/report.csv?${new URLSearchParams({ from: report.from, to: report.to })}`,
    },
  };
});

/** The same report as CSV. */
export const downloadReport = signedIn(async (request, deps, subscriberId): Promise<PageResponse> => {
  const report = await makeReport(request, deps, subscriberId);
  if (!report) return askForAddress(request, { status: 401 });
  if (report.error) return showReport(request, deps);
  const { say } = request.wording;
  const base = deps.config.baseUrl.replace(/\/+$/, '');
  const head = [
    say('report.day'),
    say('report.group'),
    say('report.trial'),
    say('report.name'),
    say('report.change'),
    say('report.link'),
  ];
  const rows = report.lines.map(({ day, group, id, title, sentence, quote, path }) => [
    day,
    say(`report.group.${group}`),
    id,
    title,
    quote ? `${sentence} ${quote}` : sentence,
    base + path,
  ]);
  return {
    body: writeCsv([head, ...rows]),
    type: 'text/csv; charset=utf-8; header=present',
    fileName: `trialbell-${report.from}-${report.to}.csv`,
  };
});

async function makeReport(
  request: PageRequest,
  { db }: WebDeps,
  subscriberId: number,
): Promise<Report | null> {
  const { wording, query, now } = request;
  const person = await readSettings(db, subscriberId);
  if (!person) return null;
  const timezone = usableTimezone(person.timezone);
  const range = readRange(query, timezone, now);
  const { from, to } = range;
  if (!range.instants) return { from, to, error: 'range', lines: [], isCut: false };
  const changes = await listReported(db, subscriberId, range.instants, changesAtMost + 1);
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

/** The period between two days, both included, in the reader's time zone; by default the last 30 days. */
function readRange(
  query: Form,
  timezone: string,
  now: Instant,
): { from: string; to: string; instants: { from: Instant; until: Instant } | null } {
  const today = Temporal.Instant.from(now).toZonedDateTimeISO(timezone).toPlainDate();
  const from = field(query, 'from') || today.subtract({ days: daysAtFirst }).toString();
  const to = field(query, 'to') || today.toString();
  try {
    const [first, last] = [readDay(from), readDay(to)];
    if (Temporal.PlainDate.compare(first, last) > 0) throw new RangeError('the wrong way round');
    const start = (day: Temporal.PlainDate) =>
      new Date(day.toZonedDateTime(timezone).epochMilliseconds).toISOString();
    return {
      from: first.toString(),
      to: last.toString(),
      instants: { from: start(first), until: start(last.add({ days: 1 })) },
    };
  } catch {
    return { from, to, instants: null };
  }
}

/** Parses the value of a date field, for years that the database supports. Throws a RangeError. */
function readDay(text: string): Temporal.PlainDate {
  return Temporal.PlainDate.from(/^[12]\d{3}-\d\d-\d\d$/.test(text) ? text : '');
}
