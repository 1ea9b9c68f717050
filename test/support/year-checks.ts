import { sql } from 'kysely';
import type { Change, Json } from '../../src/core/change.ts';
import { openContent, type StoredContent } from '../../src/core/digests/stored-digest.ts';
import { listHeldChanges } from '../../src/db/ingest/holds.ts';
import { storedContent } from '../../src/db/stored-content.ts';
import { dayMs, hourMs, isNight, localOf, toInstant } from './year-calendar.ts';
import { expectSame, YearDifference } from './year-difference.ts';
import type { OwedNote } from './year-notes.ts';
import { checkNotes, checkOutbox } from './year-outbox.ts';
import type { Person, Telling } from './year-people.ts';
import type { Year } from './year-run.ts';
import { valuesOf } from './year-trials.ts';

/** The results of a year, and the state for later checks. */
export type Notes = Record<
  | 'acts'
  | 'rounds'
  | 'plannings'
  | 'follows'
  | 'mails'
  | 'told'
  | 'noNewsNotes'
  | 'yearlyNotes'
  | 'toldInTwoWays'
  | 'held'
  | 'released'
  | 'discarded',
  number
> & {
  lastDigest: number;
  lastNote: number;
  /** The last reported value by person, trial and subject, with the position of the release. */
  heard: Map<string, { value: Json; horizon: number }>;
  mailedAt: Map<string, number>;
};

export function makeNotes(): Notes {
  const counts = { acts: 0, rounds: 0, plannings: 0, follows: 0, mails: 0, told: 0, toldInTwoWays: 0 };
  const decisions = { held: 0, released: 0, discarded: 0, noNewsNotes: 0, yearlyNotes: 0 };
  return { ...counts, ...decisions, lastDigest: 0, lastNote: 0, heard: new Map(), mailedAt: new Map() };
}

const say = ({ trial, subject, before, after }: Telling) =>
  `${trial} ${subject} ${JSON.stringify(before)}→${JSON.stringify(after)}`;

function plainValue(value: Json): Json {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return value.date ?? value.count ?? null;
}

function tellingOf(trial: string, { facet, kind, site, before, after }: Change): Telling {
  const subject = `${facet}/${site ? site.facility : kind}`;
  return { trial, subject, before: plainValue(before), after: plainValue(after) };
}

/** The place of a change in a mail (D2). */
function rankOf({ subject, after }: Telling): number {
  const [facet = ''] = subject.split('/');
  if (facet !== 'status')
    return { registration: 1, results: 4, dates: 6, sites: 7, enrollment: 8 }[facet] ?? 99;
  const ranks: Record<string, number> = {
    RECRUITING: 0,
    SUSPENDED: 2,
    ACTIVE_NOT_RECRUITING: 3,
    COMPLETED: 5,
  };
  return ranks[String(after)] ?? 9;
}

type Mailed = {
  id: number;
  address: Buffer;
  content: StoredContent;
  planned_at: string;
  phase: string;
};

/** Compares planned and sent mails since the last check with those owed: recipients, contents, order, times. */
export async function checkMails(
  year: Year,
  owed: Map<string, Telling[]>,
  owedNotes: Map<string, OwedNote>,
): Promise<void> {
  const { context, notes, history, now } = year;
  const { rows } = await sql<Mailed>`
    select g.id, p.address, ${storedContent} as content, g.planned_at, x.phase from digests g
    join subscribers p on p.id = g.subscriber_id join deliveries x on x.digest_id = g.id
    where g.id > ${notes.lastDigest} order by g.id`.execute(context.db);
  const told = new Map<string, Telling[][]>();
  for (const { id, address, content: stored, planned_at, phase } of rows) {
    const content = openContent(stored);
    notes.lastDigest = id;
    const email = context.keys.decrypt(address);
    expectSame(year, `the mail to ${email}`, [planned_at, phase], [toInstant(now), 'sent']);
    expectSame(
      year,
      `${email} hears that changes are being checked`,
      content.checking ?? false,
      history.isHeldSince(now - 2 * dayMs),
    );
    const trials = content.trials.map((trial) => {
      expectSame(
        year,
        `the status of ${trial.card.id}`,
        trial.card.status,
        history.shownStatus(trial.card.id),
      );
      return trial.changes.map((change) => tellingOf(trial.card.id, change));
    });
    const ranks = trials.map((tellings) => tellings.map(rankOf));
    const sorted = ranks.map((list) => list.toSorted((a, b) => a - b));
    expectSame(year, `the order of the mail to ${email}`, ranks, sorted);
    const tops = ranks.map((list) => list[0] ?? 99);
    expectSame(
      year,
      `the order of trials to ${email}`,
      tops,
      tops.toSorted((a, b) => a - b),
    );
    told.set(email, [...(told.get(email) ?? []), trials.flat()]);
  }
  const inWords = (mails: Iterable<[string, Telling[][]]>) =>
    [...mails].map(([email, each]) => [email, ...each.map((one) => one.map(say).sort())]).sort();
  const should = [...owed].map(([email, tellings]): [string, Telling[][]] => [email, [tellings]]);
  expectSame(year, 'the mails', inWords(told), inWords(should));
  await checkNotes(year, owedNotes);
  await checkOutbox(year, told, owedNotes);
  for (const [email, mails] of told) {
    const person = year.people.people.get(email);
    if (person) note(year, person, mails.flat());
  }
}

/** Checks the rules of time that need no model, and updates the last reported values of each person. */
function note(year: Year, person: Person, tellings: Telling[]): void {
  const { notes, now, people, history } = year;
  const { email, zone } = person;
  const before = notes.mailedAt.get(email);
  const active = people.active(person);
  const isAlways = (often: string) => active.every(({ frequency }) => frequency === often);
  if (isAlways('immediate') && isNight(zone, now))
    throw new YearDifference(now, `${email} is woken at night in ${zone}`);
  if (before !== undefined && person.follows.every(({ frequency }) => frequency !== 'immediate')) {
    const isMoved = person.clockChangedAt !== null && person.clockChangedAt > before - 2 * dayMs;
    if (isMoved && now - before < 12 * hourMs)
      throw new YearDifference(now, `${email} gets two mails in 12 hours`);
    if (!isMoved && localOf(zone, before).day === localOf(zone, now).day)
      throw new YearDifference(now, `${email} gets two mails on one day in ${zone}`);
  }
  notes.mailedAt.set(email, now);
  notes.mails += 1;
  notes.told += tellings.length;
  for (const { trial, subject, after } of tellings) {
    const facet = subject.split('/')[0] ?? '';
    const ways = active.filter((one) => people.isAbout(one, trial) && one.facets.includes(facet));
    if (ways.length > 1) notes.toldInTwoWays += 1;
    const heard = (what: string, value: Json) =>
      notes.heard.set(`${email} ${trial} ${what}`, { value, horizon: history.horizon });
    heard(subject, after);
    const record = history.trials.get(trial);
    if (facet === 'registration' && record)
      for (const one of valuesOf(record).keys()) heard(one, history.valueAt(trial, one, history.horizon));
  }
}

/** The runs with held changes, from the model's numbers to the product's. */
export async function heldRuns({ context, history }: Year): Promise<Map<number, number>> {
  const ours = [...new Set(history.held().map(({ run }) => run))].sort((a, b) => a - b);
  const theirs = [...new Set((await listHeldChanges(context.db)).map(({ runId }) => runId))].sort(
    (a, b) => a - b,
  );
  return new Map(ours.map((run, at) => [run, theirs[at] ?? -1]));
}

/** Compares the changes that wait for an admin. */
export async function checkHeld(year: Year): Promise<void> {
  const runs = await heldRuns(year);
  const held = await listHeldChanges(year.context.db);
  const is = held.map(({ runId, facet, changes }) => `${runId} ${facet} ${changes}`);
  const should = year.history.held().map(({ run, facet, count }) => `${runs.get(run)} ${facet} ${count}`);
  expectSame(year, 'what is held', is.sort(), should.sort());
  if (is.length > 0) year.notes.held += 1;
}

/**
 * After everybody was due once more: everything published is known, everybody is watching, and the last reported or
 * initial value of everything a person follows is the current one. Checks only mails, not the model's debts.
 */
export async function checkEnd(year: Year): Promise<void> {
  const { registry, history, people, notes, context } = year;
  for (const [id, trial] of registry.published()) {
    const known = history.trials.get(id);
    expectSame(year, `what is known of ${id}`, [...(known ? valuesOf(known) : [])], [...valuesOf(trial)]);
  }
  const { rows } = await sql<{ id: number; state: string; position: number | null }>`
    select id, state, position from subscriptions where state <> 'ended' order by id`.execute(context.db);
  const follows = [...people.people.values()].flatMap((person) =>
    person.follows.map((one) => ({ person, ...one })),
  );
  expectSame(
    year,
    'the cursors',
    rows.map(({ id, state, position }) => [id, state, position]),
    // Ended subscriptions are deleted after a while.
    follows
      .filter(({ state }) => state !== 'ended')
      .map(({ id, state, cursor }) => [id, state, cursor])
      .sort(([a], [b]) => Number(a) - Number(b)),
  );
  for (const follow of follows) {
    if (follow.state === 'ended') continue;
    if (follow.cursor === null && registry.published().has(follow.words))
      throw new YearDifference(year.now, `${follow.person.email} never watches ${follow.words}`);
    for (const [trial, record] of history.trials) {
      if (!people.isAbout(follow, trial)) continue;
      for (const subject of valuesOf(record).keys()) {
        const start = follow.starts.get(subject.split('/')[0] ?? '');
        const story = history.facts.filter((fact) => fact.trial === trial && fact.subject === subject);
        const isUntold = follow.kind === 'condition' && story.some(({ after }) => after === 'UNKNOWN');
        if (start === undefined || isUntold || story.some(({ state }) => state === 'discarded')) continue;
        const heard = notes.heard.get(`${follow.person.email} ${trial} ${subject}`);
        const last = heard && heard.horizon > start ? heard.value : history.valueAt(trial, subject, start);
        const now = history.valueAt(trial, subject, history.horizon);
        expectSame(year, `what ${follow.person.email} knows of ${trial} ${subject}`, last, now);
      }
    }
  }
}
