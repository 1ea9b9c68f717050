import type { Instant } from '../../core/trial.ts';
import { quoteRegistry, quoteText } from '../../core/wording/values.ts';
import type { Wording } from '../../core/wording/wording.ts';
import { readLastMails, type Settings } from '../../db/admin/subscriber-settings.ts';
import { readCappedUntil } from '../../db/digests/weekly-caps.ts';
import type { Followed } from '../../db/subscribers/followed.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { capitalise } from '../shared/condition-links.ts';
import { describeFilters, nameFacets } from '../shared/describe-subscription.ts';
import { estimateYear, sayVolume } from '../shared/year-volume.ts';

/** What there is to say of one subscription, a line each: state, coverage, frequency, facets, filters, mails. */
export async function describeOwn(
  deps: WebDeps,
  wording: Wording,
  one: Followed,
  person: Settings,
  now: Instant,
): Promise<string[]> {
  const { say } = wording;
  const { state, pausedUntil, watchingSince } = one;
  const lastMail = (await readLastMails(deps.db, person.id)).get(one.id);
  const clock = { hour: person.hour, timezone: person.timezone, now };
  const [volume] = (await estimateYear(deps.db, [one], clock, [null])) ?? [];
  const capped = await readCappedUntil(deps.db, person, now);
  const day = (at: Instant) => wording.dayOf(at, person.timezone);
  const facts = [
    state === 'paused' ? say('manage.fact.paused', { date: pausedUntil ? day(pausedUntil) : 'none' }) : [],
    say('manage.fact.since', { date: day(one.activeAt ?? one.createdAt) }),
    watchingSince === null ? say('manage.fact.waiting') : [],
    one.kind === 'condition' ? covers(wording, one) : [],
    say(`manage.fact.often.${one.frequency}`, { weekday: say(`manage.weekday.${one.weekday}`) }),
    say('manage.fact.told', { facets: nameFacets(wording, one) }),
    describeFilters(wording, one.filters),
    state === 'active' && one.nextDueAt
      ? say('manage.fact.next', { moment: wording.moment(laterOf(one.nextDueAt, capped), person.timezone) })
      : [],
    lastMail ? say('manage.fact.last', { date: day(lastMail) }) : say('manage.fact.last-none'),
    volume ? sayVolume(wording, volume, person.timezone) : [],
  ].flat();
  return facts.map(capitalise);
}

/** A time that a weekly limit may put off. */
export function laterOf(dueAt: Instant, cappedUntil: Instant | null): Instant {
  return cappedUntil !== null && cappedUntil > dueAt ? cappedUntil : dueAt;
}

/** What a condition covers: the registry's heading with its narrower terms, and the phrases searched for. */
function covers(wording: Wording, { conceptTerm, phrases }: Followed): string {
  const words = wording.list(
    uniqueWords(phrases)
      .slice(0, 8)
      .map((phrase) => wording.say('find.quoted', { words: quoteText(phrase, 80) })),
  );
  if (conceptTerm === null) return wording.say('manage.fact.covers-words', { words });
  const term = quoteRegistry(wording, conceptTerm, 120);
  return words === ''
    ? wording.say('manage.fact.covers-term', { term })
    : wording.say('manage.fact.covers', { term, words });
}

/** Removes words that differ only in case. */
function uniqueWords(words: readonly string[]): string[] {
  return [...new Map(words.map((one) => [one.toLowerCase(), one])).values()];
}
