import { sentenceFor } from '../core/wording-changes.ts';
import { digestWords } from '../core/wording-digest.ts';
import type { Instant } from '../core/trial.ts';
import type { Context } from '../jobs/context.ts';
import { runRound } from '../jobs/round.ts';
import { subscribe } from '../jobs/subscribe.ts';
import { createWording } from '../mail/catalogue.ts';
import { refreshDays } from './days.ts';
import {
  countTrials,
  readCards,
  readDigests,
  readLastPoll,
  readNextDue,
  readWaiting,
  type TrialNews,
  type Waiting,
} from './observe.ts';
import { type DemoPerson, people } from './people.ts';
import type { RecordedRegistry } from './recorded-registry.ts';

/** What the story is told with. The clock is the story's own. */
export type StoryParts = {
  context: Context;
  registry: RecordedRegistry;
  setNow: (now: Instant) => void;
  /** Prints a paragraph or heading; refuses (throws) when the demonstration is to stop. */
  print: { heading(text: string): void; text(text: string): void; item(text: string, depth?: number): void };
};

/** When the registry is read each day, and until when the story goes on. */
const readAt = (day: string) => `${day}T15:00:00.000Z`;
const endsAt = '2026-11-09T18:00:00.000Z';

const wording = createWording('en');
const titleShown = 60;

/** Tells the whole story, from the first sign-up to the last mail, with the program's own parts. Returns the number of mails. */
export async function tellStory(parts: StoryParts): Promise<number> {
  const [firstDay, ...laterDays] = refreshDays;
  await tellSignUps(parts, firstDay);
  let mails = 0;
  for (const [at, day] of laterDays.entries()) {
    mails = await letTimePass(parts, readAt(day), mails);
    parts.registry.setDay(at + 1);
    mails = await tellReading(parts, readAt(day), mails);
  }
  return letTimePass(parts, endsAt, mails);
}

async function tellSignUps({ context, setNow, print }: StoryParts, day: string): Promise<void> {
  setNow(readAt(day));
  print.heading(`${wording.date(day)}: ${people.length} people sign up`);
  for (const person of people) {
    print.item(`${person.name}, ${person.who}:`);
    for (const { facets, ...wish } of person.wishes) {
      const added = await subscribe(context, {
        ...wish,
        email: person.email,
        hour: 9,
        timezone: person.timezone,
        facets: facets ?? null,
        consent: 'made up for the demonstration',
      });
      const follows = added.map((one) => shortened(one.understoodAs));
      print.item(`${whenWords(wish.frequency)}: ${follows.join('; ')}`, 1);
    }
  }
  print.text(
    `What they follow is read from the registry at once and stored as it stands today: ${await countTrials(context)} trials. ` +
      'That is the baseline. Nobody is mailed about it: only what changes from now on is told.',
  );
}

async function tellReading(parts: StoryParts, now: Instant, mailsBefore: number): Promise<number> {
  const { context, registry, print } = parts;
  registry.requests.length = 0;
  parts.setNow(now);
  const round = await runRound(context, []);
  print.heading(`${wording.moment(now, 'UTC')}: the registry has new data`);
  const { figures, news } = await readLastPoll(context);
  const told = news.filter((one) => one.told.length > 0);
  const quiet = news.filter((one) => one.told.length === 0 && one.quiet.length > 0);
  const adopted = news.filter((one) => one.told.length === 0 && one.quiet.length === 0);
  const same = figures.seen - news.length;
  print.text(
    `Read: ${figures.seen} records in ${registry.requests.length} requests over HTTP. ${told.length} hold something to tell, ` +
      `${quiet.length} differ only in ways that mean nothing, ${adopted.length} are of illnesses that nobody here follows, and ${same} say the same as before.`,
  );
  print.text('What changed:');
  for (const one of told) tellNews(print, one);
  if (quiet.length > 0) print.text('What differs and is no news, so nobody hears of it:');
  for (const one of quiet) tellNews(print, one);
  for (const reason of round.reasons) print.text(reason);
  const waiting = await readWaiting(context);
  const mails = await tellMails(parts, mailsBefore, []);
  print.text('Who hears of it, and when:');
  for (const person of people) print.item(`${person.name}: ${prospect(person, waiting, news)}`);
  return mails;
}

function tellNews(print: StoryParts['print'], { id, trial, told, quiet }: TrialNews): void {
  print.item(`${id} ${shortened(trial.title)}`);
  for (const change of told) print.item(sentenceFor(wording, change, trial), 1);
  const reasons = Map.groupBy(
    quiet.filter((edit) => edit.reason !== 'goes with the status'),
    (edit) => edit.reason,
  );
  for (const [reason, edits] of reasons) print.item(`(${edits.length} × ${reason})`, 1);
}

/** When a person will hear what; why not, when not. */
function prospect(person: DemoPerson, waiting: Waiting[], news: TrialNews[]): string {
  const mine = waiting.filter(({ email }) => email === person.email);
  const sentences = mine.flatMap((one) => {
    const count = [...one.trials.values()].flat().length;
    if (count === 0 || !one.nextDueAt) return [];
    return [
      `${plural(count, 'change')} for “${one.words}” ${count === 1 ? 'waits' : 'wait'} for the mail of ${wording.moment(one.nextDueAt, person.timezone)}`,
    ];
  });
  const touched = news.filter(({ topics }) => mine.some((one) => one.topics.some((t) => topics.includes(t))));
  const unasked = touched.filter(({ told }) =>
    told.some((change) => !mine.some(({ facets }) => facets.includes(change.facet))),
  );
  for (const { id, told } of unasked) {
    const facets = told.map(({ facet }) => facet).filter((f) => !mine.some(({ facets }) => facets.includes(f)));
    sentences.push(`of ${id} not told: ${facets.join(', ')}, which is not among what they asked for`);
  }
  if (sentences.length > 0) return `${sentences.join('; ')}.`;
  if (touched.some(({ told }) => told.length > 0)) return 'told at once.';
  if (touched.length > 0) return 'nothing to tell: what they follow differs only in ways that mean nothing.';
  return 'nothing to tell: no trial they follow changed.';
}

/** Lets the clock go from one due time to the next until `until`, a round at each, and tells the mails. */
async function letTimePass(parts: StoryParts, until: Instant, mailsBefore: number): Promise<number> {
  const { context, setNow } = parts;
  let mails = mailsBefore;
  for (;;) {
    const dueAt = await readNextDue(context);
    if (dueAt === null || dueAt >= until) return mails;
    const waiting = (await readWaiting(context)).filter(({ nextDueAt }) => nextDueAt !== null && nextDueAt <= dueAt);
    setNow(dueAt);
    await runRound(context, []);
    mails = await tellMails(parts, mails, waiting);
  }
}

async function tellMails(parts: StoryParts, before: number, waiting: Waiting[]): Promise<number> {
  const { context, print } = parts;
  const sent = await readDigests(context, before);
  const cards = await readCards(context);
  for (const { email, digest } of sent) {
    const person = people.find((one) => one.email === email);
    const words = digestWords(wording, digest);
    print.heading(`${wording.moment(context.now(), person?.timezone ?? 'UTC')}: a mail to ${person?.name ?? email}`);
    print.text(words.first);
    for (const trial of words.trials) {
      print.item(`${trial.id} ${shortened(trial.title)}`);
      for (const { sentence, quote } of trial.changes) print.item([sentence, quote].filter(Boolean).join(' '), 1);
      for (const warning of trial.warnings) print.item(`Note: ${warning}`, 1);
    }
  }
  for (const email of new Set(waiting.map((one) => one.email))) {
    const person = people.find((one) => one.email === email);
    const digest = sent.find((one) => one.email === email)?.digest;
    const told = new Set(digest?.trials.map(({ card }) => card.id));
    for (const one of waiting.filter((other) => other.email === email)) {
      for (const [id, changes] of one.trials) {
        const card = cards.get(id);
        if (told.has(id) || !card) continue;
        print.text(
          `Not in ${person?.name ?? email}’s mail: ${id}, “${shortened(card.title)}”. Its ${changes.length} changes cancel each other: ` +
            changes.map((change) => `“${sentenceFor(wording, change, card)}”`).join(', then '),
        );
      }
      for (const id of one.toldElsewhere)
        print.text(`Not told again to ${person?.name ?? email}: ${id}, told already by the other way they follow it.`);
    }
  }
  return before + sent.length;
}

function whenWords(frequency: string): string {
  return frequency === 'immediate' ? 'at once' : frequency === 'daily' ? 'every day at 09:00' : 'Mondays at 09:00';
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function shortened(text: string): string {
  return text.length <= titleShown ? text : `${text.slice(0, titleShown - 1).trimEnd()}…`;
}
