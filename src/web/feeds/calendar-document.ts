import ical, { ICalCalendarMethod, ICalEventStatus, ICalEventTransparency } from 'ical-generator';
import { listTrialDates, type TrialDate } from '../../core/calendar/trial-dates.ts';
import { registryName } from '../../core/registries.ts';
import { quoteText } from '../../core/wording/values.ts';
import type { Wording } from '../../core/wording/wording.ts';
import type { DatedTrial } from '../../db/catalog/calendars.ts';

/** The MIME type of a calendar. */
export const calendarType = 'text/calendar; charset=utf-8';
/** How often programs are to ask again, in seconds. */
const refreshSeconds = 86_400;
const dayMs = 86_400_000;

/**
 * A calendar (RFC 5545) of the dates of trials. A date without its day stands on the first day that it may mean, and
 * says so. UIDs depend on no setting, and a moved or withdrawn date keeps its own.
 */
export function writeCalendar(
  wording: Wording,
  name: string,
  trials: readonly DatedTrial[],
  addressOf: (path: string) => string,
): string {
  const calendar = ical({
    name,
    prodId: { company: 'Trialbell', product: 'Trial dates', language: wording.language.toUpperCase() },
    method: ICalCalendarMethod.PUBLISH,
    ttl: refreshSeconds,
  });
  for (const { trial, changes, ...times } of trials) {
    // A withheld record shows its number alone.
    if (trial.status === 'WITHHELD') continue;
    for (const date of listTrialDates(trial, changes, times)) {
      const day = Date.parse(date.date.date);
      if (Number.isNaN(day)) continue;
      const { registry, id } = trial;
      calendar.createEvent({
        id: `${registry}-${id}-${date.kind.replace(/-date$/, '')}@trialbell.invalid`,
        allDay: true,
        start: new Date(day),
        end: new Date(day + dayMs),
        stamp: new Date(date.changedAt),
        lastModified: new Date(date.changedAt),
        sequence: date.moves,
        summary: summaryOf(wording, id, date),
        description: descriptionOf(wording, registryName(registry), trial.title, date),
        status: date.withdrawnAt === null ? ICalEventStatus.CONFIRMED : ICalEventStatus.CANCELLED,
        transparency: ICalEventTransparency.TRANSPARENT,
        url: addressOf(`/trials/${encodeURIComponent(id)}`),
      });
    }
  }
  return calendar.toString();
}

function summaryOf(wording: Wording, id: string, { kind, date, withdrawnAt }: TrialDate): string {
  return wording.say(withdrawnAt === null ? 'calendar.event' : 'calendar.withdrawn', {
    id,
    name: wording.say(`calendar.name.${kind}`),
    date: wording.date(date.date),
    precision: date.precision,
    type: date.type ?? 'none',
  });
}

function descriptionOf(wording: Wording, registry: string, title: string, date: TrialDate): string {
  const { precision, type } = date.date;
  const said =
    date.withdrawnAt === null
      ? [
          date.movedFrom && wording.say('calendar.moved', { date: wording.date(date.movedFrom.date) }),
          wording.say('calendar.gives', {
            registry,
            date: wording.date(date.date.date),
            type: type ?? 'none',
          }),
          precision === 'day' ? null : wording.say('calendar.first-day', { registry, precision }),
        ]
      : [wording.say('calendar.gone', { registry, day: wording.dayOf(date.withdrawnAt, 'UTC') })];
  const sentences = [...said, wording.say('calendar.no-advice')].filter(Boolean).join(' ');
  return [quoteText(title), sentences].filter(Boolean).join('\n');
}
