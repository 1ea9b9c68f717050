import type { Instant } from '../core/trial.ts';
import type { Context } from '../jobs/context.ts';
import { runRound } from '../jobs/round.ts';
import { subscribe } from '../jobs/subscribers/subscribe.ts';
import { refreshDays } from './days.ts';
import {
  countStoredTrials,
  readCards,
  readDigests,
  readNextDue,
  readPolls,
  readWaiting,
  type Waiting,
} from './observe.ts';
import { people } from './people.ts';
import {
  dayIn,
  listWords,
  momentIn,
  type Printer,
  personOf,
  plural,
  prospect,
  tellLeftOut,
  tellMail,
  tellNews,
} from './tell.ts';

/** The recorded registries. */
export type StoryRegistries = {
  /** Moves them to a day, counted from 0. */
  setDay(at: number): void;
  /** The number of requests since the last call. */
  takeRequests(): number;
};

/** What the story needs. */
export type StoryParts = {
  context: Context;
  registries: StoryRegistries;
  /** Sets the clock; throws when the demonstration is to stop. */
  setNow: (now: Instant) => void;
  print: Printer;
};

/** When the registries are polled each day, 12 hours after the first digests, and when the story ends. */
const readAt = (day: string) => `${day}T21:00:00.000Z`;
const endsAt = '2026-11-09T18:00:00.000Z';
/** Where the registries' times are told. */
export const registryPlace = { timezone: 'UTC', city: 'UTC' };
const often = { immediate: 'at once', daily: 'each day at 9:00 AM', weekly: 'on Mondays at 9:00 AM' };

/**
 * Tells the whole story, from the first sign-up to the last mail, with the real program. Returns the number of mails.
 */
export async function tellStory(parts: StoryParts): Promise<number> {
  const [firstDay, ...laterDays] = refreshDays;
  const told: string[] = [];
  await tellSignUps(parts, firstDay);
  for (const [at, day] of laterDays.entries()) {
    await letTimePass(parts, readAt(day), told);
    parts.registries.setDay(at + 1);
    await tellReading(parts, readAt(day), told);
  }
  await letTimePass(parts, endsAt, told);
  tellSum(parts.print, told);
  return told.length;
}

async function tellSignUps({ context, setNow, print }: StoryParts, day: string): Promise<void> {
  const now = readAt(day);
  setNow(now);
  print.heading(`${dayIn(now, registryPlace)}: ${people.length} people sign up`);
  for (const person of people) {
    print.item(`${person.name}, ${person.who}, wants email`);
    for (const { facets = null, ...wish } of person.wishes) {
      const { email, timezone } = person;
      const consent = 'made up for the demonstration';
      const added = await subscribe(context, { ...wish, email, timezone, facets, hour: 9, consent });
      for (const one of added) {
        const typed =
          one.kind === 'condition' ? `“${one.words}”, understood as ${one.understoodAs}` : one.understoodAs;
        print.item(`${often[wish.frequency]} about ${typed}`, 1);
      }
    }
  }
  print.text(
    `What they follow is read at once and stored as it stands: ${plural(await countStoredTrials(context), 'trial')}. ` +
      'That is the baseline, and nobody is emailed about it. From now on, changes are reported.',
  );
  await runRound(context, []);
}

async function tellReading(parts: StoryParts, now: Instant, told: string[]): Promise<void> {
  const { context, registries, print } = parts;
  registries.takeRequests();
  parts.setNow(now);
  await runRound(context, []);
  const requests = registries.takeRequests();
  const { seen, news } = await readPolls(context, now);
  const changed = news.filter((one) => one.told.length > 0);
  const noNews = news.filter((one) => one.told.length === 0 && one.quiet.length > 0);
  const unfollowed = news.length - changed.length - noNews.length;
  print.heading(`${momentIn(now, registryPlace).replace(' in UTC', ' UTC')}: the registries have new data`);
  const counts = [
    [changed.length, 'with news'],
    [noNews.length, 'with nothing but another spelling or another name for the same'],
    [unfollowed, 'that nobody here follows'],
    [seen - news.length, 'unchanged but for numbers and dates that always move'],
  ] as const;
  const parted = counts.flatMap(([count, what]) => (count > 0 ? `${count} ${what}` : []));
  print.text(
    `Read over HTTP, in ${plural(requests, 'request')}: ${plural(seen, 'record')} read or listed; ${listWords(parted)}.`,
  );
  print.text('What changed:');
  for (const one of changed) tellNews(print, one);
  if (noNews.length > 0) print.text('What looks different and is no news:');
  for (const one of noNews) tellNews(print, one);
  const waiting = await readWaiting(context);
  const sent = await readDigests(context, told.length);
  print.text('Who is told, and who is not:');
  for (const person of people) {
    const isToldNow = sent.some(({ email }) => email === person.email);
    print.item(`${person.name}: ${prospect(person, waiting, news, isToldNow)}`);
  }
  await tellMails(parts, told, []);
}

/** Moves the clock from one due time to the next until `until`, runs a whole round at each, and tells the mails. */
async function letTimePass(parts: StoryParts, until: Instant, told: string[]): Promise<void> {
  const { context, print } = parts;
  const without = new Set<string>();
  let rounds = 0;
  for (;;) {
    const dueAt = await readNextDue(context);
    if (dueAt === null || dueAt >= until) break;
    const due = (await readWaiting(context)).filter(
      ({ nextDueAt }) => nextDueAt !== null && nextDueAt <= dueAt,
    );
    parts.setNow(dueAt);
    await runRound(context, []);
    rounds += 1;
    const before = told.length;
    await tellMails(parts, told, due);
    const mailed = told.slice(before);
    for (const { email } of due) if (!mailed.includes(email)) without.add(personOf(email).name);
  }
  print.text(
    `In ${plural(rounds, 'more round')} the registries were asked whether anything had changed; nothing had. ` +
      `Due, but with nothing to report, and so without an email: ${listWords([...without])}.`,
  );
}

async function tellMails({ context, print }: StoryParts, told: string[], due: Waiting[]): Promise<void> {
  const sent = await readDigests(context, told.length);
  for (const { email, digest } of sent) tellMail(print, context.now(), email, digest);
  tellLeftOut(print, due, sent, await readCards(context));
  told.push(...sent.map(({ email }) => email));
}

function tellSum(print: Printer, told: string[]): void {
  print.heading('In the end');
  for (const person of people) {
    const count = told.filter((email) => email === person.email).length;
    print.item(
      `${person.name}: ${count === 0 ? 'no email, because there was nothing to tell' : plural(count, 'email')}`,
    );
  }
}
