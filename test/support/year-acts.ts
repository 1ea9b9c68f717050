import { sql } from 'kysely';
import type { Facet } from '../../src/core/change.ts';
import type { Tx } from '../../src/db/connect.ts';
import type { HeldPart } from '../../src/db/ingest/transitions.ts';
import { listFollowed } from '../../src/db/subscribers/followed.ts';
import { changeDetails } from '../../src/db/subscribers/subscription-settings.ts';
import { type LockedSubscriber, lockSubscriber } from '../../src/db/subscribers/subscription-state.ts';
import { TrialbellError } from '../../src/errors.ts';
import { subscribe } from '../../src/jobs/subscribers/subscribe.ts';
import { discardHeldChanges, releaseHeldChanges } from '../../src/use-cases/admin/decide-held.ts';
import {
  changeClock as changeClockOf,
  changeFrequency,
  pauseSubscriptions,
  resumeSubscriptions,
  stopSubscriptions,
} from '../../src/use-cases/subscriptions/change-state.ts';
import { toInstant } from './year-calendar.ts';
import { heldRuns } from './year-checks.ts';
import { noTimes } from './year-notes.ts';
import type { Follow, Person } from './year-people.ts';
import { hearRegistry, type Year } from './year-run.ts';
import { type Act, emails, facetChoices, zones } from './year-script.ts';

type Follows = Extract<Act, { act: 'follow' }>;

/** Applies an event to the program and to the model. */
export async function applyAct(year: Year, act: Act): Promise<void> {
  const { registry } = year;
  switch (act.act) {
    case 'edit':
      return registry.edit(act.trial, act.edit, act.dated);
    case 'register':
      return registry.register(act.trial);
    case 'glitch':
      return registry.glitch(act.what);
    case 'decide':
      return decide(year, act);
    case 'follow':
      return follow(year, act);
    case 'clock':
      return changeClock(year, act);
    case 'away':
    case 'no-refresh':
    case 'asleep':
      return;
    default:
      return changeFollow(year, act);
  }
}

async function decide(year: Year, act: Extract<Act, { act: 'decide' }>): Promise<void> {
  const { context, history, people, now, notes } = year;
  const held = history.held();
  const one = held[act.nth % Math.max(held.length, 1)];
  if (!one) return;
  const part = act.part === 'run' ? null : act.part === 'facet' ? one.facet : history.transitionsOf(one.run);
  if (Array.isArray(part) && part.length === 0) return;
  const runId = (await heldRuns(year)).get(one.run) ?? -1;
  const decision = act.decision === 'release' ? releaseHeldChanges : discardHeldChanges;
  const released = history.decide(act.decision, one.run, part);
  try {
    await decision(context, runId, part as HeldPart, context.now());
    if (released === null) throw new Error(`run ${runId} ${part}: decided, though it had to wait`);
  } catch (error) {
    if (!(error instanceof TrialbellError) || released !== null) throw error;
  }
  if (released === null) return;
  notes[act.decision === 'release' ? 'released' : 'discarded'] += 1;
  people.wake(released, now);
}

async function follow(year: Year, act: Follows): Promise<void> {
  const { context, people, now, notes } = year;
  const email = emails[act.who] ?? '';
  const isTrial = act.what.startsWith('NCT');
  const facets = [...(facetChoices[act.facets] ?? [])];
  const wish = {
    email,
    trials: isTrial ? [act.what] : [],
    conditions: isTrial ? [] : [act.what],
    frequency: act.frequency,
    hour: act.hour,
    timezone: zones[act.zone] ?? 'UTC',
    facets,
    consent: 'in the test',
  };
  const known = people.people.get(email);
  const living = known?.follows.find(({ words, state }) => words === act.what && state !== 'ended');
  let id: number;
  try {
    const [made] = await subscribe(context, wish);
    id = made?.subscriptionId ?? -1;
  } catch (error) {
    if (!(error instanceof TrialbellError)) throw error;
    hearRegistry(year);
    return;
  }
  if (!living) {
    notes.follows += 1;
    const person: Person = known ?? {
      email,
      zone: wish.timezone,
      hour: act.hour,
      lastDigestAt: 0,
      clockChangedAt: null,
      follows: [],
      told: new Map(),
      times: noTimes(),
    };
    people.people.set(email, person);
    // A person who stopped everything long ago was deleted, and counts as a new person.
    if (known && (await isNewPerson(year, id))) Object.assign(person, { times: noTimes(), lastDigestAt: 0 });
    const made: Follow = {
      id,
      kind: isTrial ? 'trial' : 'condition',
      words: act.what,
      facets,
      frequency: act.frequency,
      weekday: 1,
      state: 'active',
      cursor: null,
      dueAt: null,
      starts: new Map(),
    };
    made.dueAt = people.nextTime(person, made, now);
    person.follows.push(made);
  }
  hearRegistry(year);
}

async function isNewPerson({ context, now }: Year, subscriptionId: number): Promise<boolean> {
  const { rows } = await sql`select from subscribers p join subscriptions s on s.subscriber_id = p.id
    where s.id = ${subscriptionId} and p.created_at = ${toInstant(now)}`.execute(context.db);
  return rows.length > 0;
}

/** The actions of the pages, with their own functions. */
async function changeFollow(
  year: Year,
  act: Extract<Act, { act: 'pause' | 'resume' | 'end' | 'frequency' | 'facets' }>,
): Promise<void> {
  const { context, people, now } = year;
  const person = people.people.get(emails[act.who] ?? '');
  const living = person?.follows.filter(({ state }) => state !== 'ended') ?? [];
  const one = living[act.nth % Math.max(living.length, 1)];
  if (!person || !one) return;
  if (act.act === 'resume' && one.state !== 'paused') return;
  if (act.act === 'pause') people.pause(one);
  if (act.act === 'resume') people.resume(person, one, now);
  if (act.act === 'end') one.state = 'ended';
  if (act.act === 'facets') people.chooseFacets(one, [...(facetChoices[act.facets] ?? [])]);
  if (act.act === 'frequency') {
    Object.assign(one, { frequency: act.frequency, weekday: act.weekday });
    one.dueAt = people.nextTime(person, one, now) ?? now;
  }
  await context.db.transaction().execute(async (tx) => {
    const chooser = await chooserOf(tx, person);
    const which = [one.id];
    if (act.act === 'pause') await pauseSubscriptions(tx, chooser, which, null);
    if (act.act === 'resume') await resumeSubscriptions(tx, chooser, which, toInstant(now));
    if (act.act === 'end') await stopSubscriptions(tx, chooser, which, toInstant(now));
    if (act.act === 'frequency') await changeFrequency(tx, chooser, which, act, toInstant(now));
    if (act.act !== 'facets') return;
    const [row] = (await listFollowed(tx, chooser.id)).filter(({ id }) => id === one.id);
    if (row) await changeDetails(tx, chooser, one.id, { ...row, facets: one.facets as Facet[] });
  });
}

async function chooserOf(tx: Tx, person: Person): Promise<LockedSubscriber> {
  // What was stopped long ago is deleted.
  const { rows } = await sql<{ id: number }>`select subscriber_id as id from subscriptions
    where id = any(${person.follows.map(({ id }) => id)}::bigint[]) limit 1`.execute(tx);
  const chooser = await lockSubscriber(tx, rows[0]?.id ?? -1);
  if (!chooser) throw new Error(`${person.email} is not there`);
  return chooser;
}

async function changeClock(year: Year, act: Extract<Act, { act: 'clock' }>): Promise<void> {
  const { context, people, now } = year;
  const person = people.people.get(emails[act.who] ?? '');
  if (!person) return;
  Object.assign(person, { zone: zones[act.zone], hour: act.hour, clockChangedAt: now });
  if (person.times.lookAt !== null) person.times.lookAt = now;
  for (const one of person.follows) {
    const notBefore = person.lastDigestAt + 12 * 3_600_000;
    if (one.frequency === 'immediate') one.dueAt = one.dueAt === null ? null : now;
    else one.dueAt = people.nextTime(person, one, now, notBefore);
  }
  await context.db.transaction().execute(async (tx) => {
    const clock = { hour: person.hour, timezone: person.zone };
    await changeClockOf(tx, await chooserOf(tx, person), clock, toInstant(now));
  });
}
