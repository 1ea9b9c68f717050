import type { Change } from '../core/change.ts';
import type { Digest, TrialCard } from '../core/digests/digest.ts';
import type { Instant } from '../core/trial.ts';
import { sentenceFor, wordsFor } from '../core/wording/change-sentences.ts';
import { digestWords } from '../core/wording/digest/digest.ts';
import { createWording } from '../mail/catalogue.ts';
import type { TrialNews, Waiting } from './observe.ts';
import { type DemoPerson, people } from './people.ts';

/** Prints the story line by line. Depth 0 is a bullet, depth 1 a bullet below it. */
export type Printer = {
  heading(text: string): void;
  /** A paragraph, after an empty line. */
  text(text: string): void;
  item(text: string, depth?: number): void;
};

const wording = createWording('en');
const clocks = new Map<string, Intl.DateTimeFormat>();

/** Weekday, day and time where somebody lives: `Friday, November 6 at 9:00 AM in Rome`. */
export function momentIn(at: Instant, place: Pick<DemoPerson, 'timezone' | 'city'>): string {
  const clock =
    clocks.get(place.timezone) ??
    new Intl.DateTimeFormat('en-US', {
      ...{ weekday: 'long', day: 'numeric', month: 'long' },
      ...{ hour: 'numeric', minute: '2-digit', timeZone: place.timezone },
    });
  clocks.set(place.timezone, clock);
  return `${clock.format(new Date(at))} in ${place.city}`;
}

/** Weekday and day where somebody lives: `Friday, November 6`. */
export function dayIn(at: Instant, place: Pick<DemoPerson, 'timezone' | 'city'>): string {
  return momentIn(at, place).replace(/ at .*/, '');
}

/** The person with an address. */
export function personOf(email: string): DemoPerson {
  const person = people.find((one) => one.email === email);
  if (!person) throw new Error(`${email} is not a person of the story`);
  return person;
}

/** Prints the news about one trial: its reported changes, or the reasons why its edits are not reported. */
export function tellNews(print: Printer, { id, trial, told, quiet }: TrialNews): void {
  print.item(`${id} ${trial.title}`);
  for (const change of told) print.item(sentenceFor(wording, change, trial), 1);
  const folded = quiet.filter((edit) => edit.field === 'sites' && edit.fate === 'folded').length;
  if (folded > 1 && told.some(({ kind }) => kind === 'sites-status'))
    print.item(`(one line for the sites, not ${folded + 1})`, 1);
  if (told.length > 0) return;
  for (const [reason, edits] of Map.groupBy(quiet, (edit) => edit.reason)) {
    const isSite = edits[0]?.field === 'sites';
    print.item(
      isSite ? `${plural(edits.length, 'site')} ${reason.replace(/^the site was /, '')}` : reason,
      1,
    );
  }
}

/** Prints a mail in short: its first line, and each trial with its sentences. */
export function tellMail(print: Printer, at: Instant, email: string, digest: Digest): void {
  const person = personOf(email);
  const words = digestWords(wording, digest);
  print.heading(`${momentIn(at, person)}: an email to ${person.name}`);
  print.text(words.first);
  for (const trial of words.trials) {
    print.item(`${trial.id} ${trial.title}`);
    for (const { sentence, quote } of trial.changes)
      print.item([sentence, quote].filter((part) => part !== null).join(' '), 1);
    for (const { line, changes } of trial.elsewhere) {
      print.item(line, 1);
      for (const { sentence } of changes) print.item(sentence, 2);
    }
    if (trial.advice) print.item(trial.advice, 1);
    for (const warning of trial.warnings) print.item(`Please note: ${warning}`, 1);
  }
}

/** Prints what due digests leave out, and why: it cancelled out, or another subscription has already reported it. */
export function tellLeftOut(
  print: Printer,
  waiting: Waiting[],
  sent: { email: string; digest: Digest }[],
  cards: Map<string, TrialCard>,
): void {
  for (const one of waiting) {
    const { name } = personOf(one.email);
    const digest = sent.find(({ email }) => email === one.email)?.digest;
    const told = new Set(
      digest?.trials.flatMap(({ card, elsewhere = [] }) => [card.id, ...elsewhere.map((one) => one.card.id)]),
    );
    for (const [id, changes] of one.trials) {
      const card = cards.get(id);
      if (card && !told.has(id)) print.text(`Not in ${name}’s email: ${id}. ${cancelled(changes, card)}`);
    }
    for (const id of one.toldElsewhere) {
      print.text(
        `Not in ${name}’s email: ${id}. It matches “${one.words}” too, but ${name} has already got this news through the other subscription. Nobody is told twice.`,
      );
    }
  }
}

function cancelled(changes: Change[], card: TrialCard): string {
  const sentences = changes.map((change) => `“${wordsFor(wording, change, card).sentence}”`);
  return `What happened since the last email cancels out: ${sentences.join(' and then ')} Its history keeps both.`;
}

/** When a person will get the news of a poll, or why they will not. */
export function prospect(
  person: DemoPerson,
  waiting: Waiting[],
  news: TrialNews[],
  isToldNow: boolean,
): string {
  const mine = waiting.filter(({ email }) => email === person.email);
  const sentences = isToldNow ? ['told at once, below'] : [];
  for (const [dueAt, ones] of Map.groupBy(mine, ({ nextDueAt }) => nextDueAt)) {
    const changes = ones.flatMap(({ trials }) => [...trials.values()].flat()).length;
    if (changes === 0 || dueAt === null) continue;
    const through = ones.filter(({ trials }) => trials.size > 0).map(({ words }) => `“${words}”`);
    sentences.push(
      `${plural(changes, 'change')} through ${wording.list(through)} ${changes === 1 ? 'waits' : 'wait'} until ${momentIn(dueAt, person)}`,
    );
  }
  const touched = news.filter(({ topics }) =>
    mine.some((one) => topics.some((topic) => one.topics.includes(topic))),
  );
  for (const { id, told } of touched) {
    const unasked = told.filter(({ facet }) => !mine.some(({ facets }) => facets.includes(facet)));
    if (unasked.length === 0) continue;
    const names = [...new Set(unasked.map(({ facet }) => facet))];
    sentences.push(
      `the ${names.join(', ')} of ${id} changed too, but ${person.name} did not ask for that kind of news: it is kept, not emailed`,
    );
  }
  if (sentences.length > 0) return `${sentences.join('; ')}.`;
  return touched.length > 0
    ? 'no email. What looks different is spelling and names, which is no news.'
    : `no email. Nothing that ${person.name} follows changed.`;
}

/** Joins names or figures as a sentence lists them. */
export const listWords = wording.list;

/** A count with its word, in English. */
export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
