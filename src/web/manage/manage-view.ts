import { estimateMails } from '../../core/digests/estimate.ts';
import { undoDays } from '../../core/subscriptions/lifetimes.ts';
import type { Instant } from '../../core/trial.ts';
import { quoteRegistry, quoteText } from '../../core/wording/values.ts';
import type { Wording } from '../../core/wording/wording.ts';
import { readLastMails, type Settings } from '../../db/admin/subscriber-settings.ts';
import { listReleasedForEstimate, loadFilterable, readHistoryBegin } from '../../db/catalog/estimates.ts';
import { type Followed, listFollowed } from '../../db/subscribers/followed.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { describeFilters, describeSubscription, nameFacets } from '../shared/describe-subscription.ts';

/** The period of the estimate, in days. */
const daysLookedAt = 90;
const changesAtMost = 8_000;
const dayMs = 24 * 3_600_000;

/** A subscription in words, as its owner sees it. */
export type SubscriptionView = {
  id: number;
  state: Followed['state'];
  name: string;
  path: string | null;
  /** One line each: state, coverage, frequency, facets, filters, mails. */
  facts: string[];
  note: string | null;
  listName: string;
};

/** A person's subscriptions in words, with those they stopped recently. */
export async function describeFollowed(
  deps: WebDeps,
  wording: Wording,
  person: Settings,
  now: Instant,
): Promise<SubscriptionView[]> {
  const { db, keys } = deps;
  const followed = await listFollowed(db, person.id, daysBefore(now, undoDays));
  const lastMails = await readLastMails(db, person.id);
  const estimate = await openEstimates(deps, wording, followed, person, now);
  const { say } = wording;
  const day = (at: Instant) => wording.dayOf(at, person.timezone);
  return followed.map((one) => {
    const { state, pausedUntil, endedAt, watchingSince } = one;
    const lastMail = lastMails.get(one.id);
    const isLiving = state !== 'ended';
    return {
      id: one.id,
      state,
      name: describeSubscription(wording, one),
      path: one.kind === 'trial' ? `/trials/${encodeURIComponent(one.registryId ?? one.words)}` : null,
      listName: one.listName ? keys.decrypt(one.listName) : '',
      note: one.note ? keys.decrypt(one.note) : null,
      facts: [
        state === 'paused'
          ? say('manage.fact.paused', { date: pausedUntil ? day(pausedUntil) : 'none' })
          : [],
        endedAt
          ? say('manage.fact.ended', { date: day(endedAt), until: day(daysAfter(endedAt, undoDays)) })
          : [],
        say('manage.fact.since', { date: day(one.activeAt ?? one.createdAt) }),
        isLiving && watchingSince === null ? say('manage.fact.waiting') : [],
        one.kind === 'condition' ? covers(wording, one) : [],
        isLiving
          ? say(`manage.fact.often.${one.frequency}`, { weekday: say(`manage.weekday.${one.weekday}`) })
          : [],
        isLiving ? say('manage.fact.told', { facets: nameFacets(wording, one) }) : [],
        describeFilters(wording, one.filters),
        state === 'active' && one.nextDueAt
          ? say('manage.fact.next', { moment: wording.moment(one.nextDueAt, person.timezone) })
          : [],
        lastMail ? say('manage.fact.last', { date: day(lastMail) }) : say('manage.fact.last-none'),
        isLiving ? estimate(one) : [],
      ]
        .flat()
        .map((fact) => fact.charAt(0).toUpperCase() + fact.slice(1)),
    };
  });
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

/** Estimates how many mails a subscription would have sent with its current settings. */
async function openEstimates(
  { db }: WebDeps,
  wording: Wording,
  followed: Followed[],
  person: Settings,
  now: Instant,
) {
  const begin = await readHistoryBegin(db);
  const earliest = daysBefore(now, daysLookedAt);
  const since = begin !== null && begin > earliest ? begin : earliest;
  const living = followed.filter(({ state }) => state !== 'ended');
  const changes = await listReleasedForEstimate(
    db,
    living.flatMap(({ topics }) => topics),
    since,
    changesAtMost,
  );
  const isFiltered = living.some(({ filters }) => Object.keys(filters).length > 0);
  const trials = await loadFilterable(
    db,
    isFiltered ? [...new Set(changes.map(({ trialId }) => trialId))] : [],
  );
  const { hour, timezone } = person;
  return (one: Followed): string => {
    const mine = changes.filter(({ topics }) => topics.some((topic) => one.topics.includes(topic)));
    const {
      mails,
      trials: told,
      days,
    } = estimateMails({
      choices: [one],
      changes: mine,
      trials,
      hour,
      timezone,
      since,
      now,
    });
    return wording.say('manage.fact.would', { mails, trials: told, days: Math.max(days, 1) });
  };
}

function daysBefore(now: Instant, days: number): Instant {
  return new Date(Date.parse(now) - days * dayMs).toISOString();
}

function daysAfter(at: Instant, days: number): Instant {
  return daysBefore(at, -days);
}

/** Removes words that differ only in case. */
function uniqueWords(words: readonly string[]): string[] {
  return [...new Map(words.map((one) => [one.toLowerCase(), one])).values()];
}
