import type { Wording } from '../../core/wording/wording.ts';
import {
  bounceRetentionDays,
  listTroubledMails,
  type MailDay,
  readMailDays,
  readWaitingMails,
  type TroubledMail,
} from '../../db/delivery/mail-days.ts';
import { withoutAddresses } from '../../errors.ts';
import { field, type PageRequest } from '../http/page-response.ts';
import { parseId } from '../http/params.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { drawBars } from './bars.ts';
import { findDestinations } from './destinations.ts';
import { adminPage } from './guard.ts';

const mailsAtOnce = 20;
const series = ['due', 'sent', 'doubted', 'failed', 'returned'] as const;

/**
 * Mail figures by day, as charts and numbers, and by destination; every failed or doubtful mail, one page at a time
 * (P9).
 */
export const showMail = adminPage(async (request, deps) => {
  const { wording, query, now } = request;
  const { db, config } = deps;
  const count = field(query, 'days') === '30' ? 30 : 14;
  const before = parseId(field(query, 'before'));
  const [mails, waiting] = await Promise.all([
    listTroubledMails(db, { before, limit: mailsAtOnce + 1 }),
    readWaitingMails(db, now),
  ]);
  const shown = mails.slice(0, mailsAtOnce);
  const path = count === 30 ? '/admin/mail?days=30' : '/admin/mail';
  const older = `${path}${count === 30 ? '&' : '?'}before=${shown.at(-1)?.id}#trouble`;
  return {
    page: 'admin-mail',
    title: wording.say('admin.mails.title'),
    view: {
      waiting: sayWaiting(wording, waiting, config.defaultTimezone),
      count,
      choices: [14, 30].map((days) => ({ days, path: days === 30 ? '/admin/mail?days=30' : '/admin/mail' })),
      // Later pages of the list show only mails.
      figures: before === null ? await findFigures(request, deps, count) : null,
      mails: shown.map((one) => viewMail(wording, one, config)),
      newestPath: before === null ? null : `${path}#trouble`,
      olderPath: mails.length > mailsAtOnce ? older : null,
    },
  };
});

async function findFigures(request: PageRequest, deps: WebDeps, count: number) {
  const { wording, now } = request;
  const { db, config } = deps;
  const { days, bounds } = lastDays(now, config.defaultTimezone, count);
  const [counted, destinations] = await Promise.all([
    readMailDays(db, bounds),
    findDestinations(request, deps),
  ]);
  const rows = days.map((day, n) => ({
    day,
    label: sayDay(day),
    values: series.map((name) => readValue(counted[n], name, bounds[n] ?? now, now)),
  }));
  const daysOf = (at: number) => rows.map(({ day, values }) => ({ day, value: values[at] ?? null }));
  const isEmpty = (at: number) => daysOf(at).every(({ value }) => !value);
  const empty = series.filter((_, at) => isEmpty(at)).map((name) => wording.say(`admin.mails.chart.${name}`));
  return {
    series: series.map((name) => wording.say(`admin.mails.short.${name}`)),
    charts: series.flatMap((name, at) => (isEmpty(at) ? [] : viewChart(wording, name, daysOf(at)))),
    empty: empty.length > 0 ? wording.say('admin.mails.empty', { names: wording.list(empty) }) : null,
    rows: rows.toReversed(),
    first: rows[0]?.label,
    last: rows.at(-1)?.label,
    destinations,
  };
}

/** A count for a day; null if its rows have been deleted since. */
function readValue(day: MailDay | undefined, name: keyof MailDay, since: string, now: string): number | null {
  const isLetGo = Date.parse(now) - Date.parse(since) > bounceRetentionDays * 86_400_000;
  return name === 'returned' && isLetGo ? null : (day?.[name] ?? null);
}

function viewChart(
  wording: Wording,
  name: (typeof series)[number],
  days: { day: string; value: number | null }[],
) {
  const { say } = wording;
  const sum = days.reduce((total, { value }) => total + (value ?? 0), 0);
  const most = days.reduce((best, one) => ((one.value ?? 0) > (best.value ?? 0) ? one : best), {
    day: '',
    value: 0 as number | null,
  });
  return {
    name,
    title: say(`admin.mails.chart.${name}`),
    what: say(`admin.mails.what.${name}`),
    sum: say('admin.mails.sum', { sum, most: most.value ?? 0, day: wording.date(most.day) }),
    ...drawBars(days.map(({ value }) => value)),
  };
}

/** The last days in a time zone up to today, and the instants that bound them. */
export function lastDays(now: string, timezone: string, count: number): { days: string[]; bounds: string[] } {
  const today = Temporal.Instant.from(now).toZonedDateTimeISO(timezone).toPlainDate();
  const dates = Array.from({ length: count + 1 }, (_, n) => today.add({ days: n + 1 - count }));
  return {
    days: dates.slice(0, -1).map(String),
    bounds: dates.map((date) => new Date(date.toZonedDateTime(timezone).epochMilliseconds).toISOString()),
  };
}

const shortDay = new Intl.DateTimeFormat('en-US', { day: 'numeric', month: 'short', timeZone: 'UTC' });

function sayDay(day: string): string {
  return shortDay.format(Date.parse(day));
}

/** Due mails that wait, and since when, in a sentence. */
export function sayWaiting(
  { say, moment }: Wording,
  { count, since }: { count: number; since: string | null },
  timezone: string,
): string {
  if (since === null) return say('admin.mails.waiting.none');
  return say('admin.mails.waiting', { count, since: moment(since, timezone) });
}

function viewMail(
  wording: Wording,
  one: TroubledMail,
  { ambiguousRetry, defaultTimezone }: WebDeps['config'],
) {
  const { say, moment } = wording;
  const isTriedAgain = ambiguousRetry && !one.settled;
  const state = one.phase === 'failed' ? 'failed' : isTriedAgain ? 'doubt' : 'left';
  return {
    id: one.id,
    name: say('admin.mails.one', { id: one.id, kind: say(`admin.mails.kind.${one.kind}`) }),
    person: one.subscriberId && {
      path: `/admin/subscribers/${one.subscriberId}`,
      name: say('admin.person.title', { id: one.subscriberId }),
    },
    state: say(`admin.mails.state.${state}`),
    attempts: say('admin.queue.attempts', { count: one.attempts }),
    at: one.at,
    when: one.at && moment(one.at, defaultTimezone),
    reply: one.reply === null ? null : withoutAddresses(one.reply).slice(0, 1_000),
  };
}
