import { listDueDeliveries } from '../../src/db/delivery/deliveries.ts';
import type { Context } from '../../src/jobs/context.ts';
import { sendDelivery } from '../../src/jobs/delivery/send.ts';
import { planDigests } from '../../src/jobs/digests/plan.ts';
import { planNotes } from '../../src/jobs/digests/plan-notes.ts';
import { importTrials } from '../../src/jobs/ingest/import.ts';
import { runRound } from '../../src/jobs/round.ts';
import { sweep } from '../../src/jobs/sweep.ts';
import { openWorld, type World } from './world.ts';
import { applyAct } from './year-acts.ts';
import { dayMs, gridMs, hourMs, toInstant, yearBegins } from './year-calendar.ts';
import { checkEnd, checkHeld, checkMails, makeNotes, type Notes } from './year-checks.ts';
import { YearHistory } from './year-history.ts';
import { planNotes as owedNotes } from './year-notes.ts';
import { type ModelFault, YearPeople } from './year-people.ts';
import { makeYearRegistry, type YearRegistry } from './year-registry.ts';
import { emails, type Script, yearDays } from './year-script.ts';

/** Days after the end of the script in which everything owed comes due once more. */
const enoughDays = 22;

/** The program, its registry, and the model of the same year. */
export type Year = {
  world: World;
  context: Context;
  registry: YearRegistry;
  history: YearHistory;
  people: YearPeople;
  notes: Notes;
  now: number;
};

export type YearOptions = {
  /** A deliberate error of the model, which must be detected. */
  modelFault?: ModelFault;
  /** A deliberate error of the product, applied to the database before each planning, which must be detected. */
  sabotage?: (context: Context, now: number) => Promise<void>;
  /** The days of the script to run; by default all. */
  days?: number;
  /** The days after the script in which everything owed comes due; by default enough for all. */
  lastDays?: number;
  /** After this instant nothing is checked, not even the end. */
  until?: number;
};

/** Runs a script's year and compares every mail with the model. Throws at the first difference. Returns the results. */
export async function liveYear(script: Script, options: YearOptions = {}): Promise<Notes> {
  const world = await openWorld({ now: toInstant(yearBegins) });
  try {
    return await live(world, script, options);
  } finally {
    await world.close();
  }
}

async function live(world: World, script: Script, options: YearOptions): Promise<Notes> {
  const registry = makeYearRegistry();
  const context = world.another({ registries: new Map([['ctgov', registry.registry]]) });
  const history = new YearHistory();
  const people = new YearPeople(history, options.modelFault ?? null);
  const notes = makeNotes();
  const year: Year = { world, context, registry, history, people, notes, now: yearBegins };
  await importTrials(context, registry.registry, { kind: 'all' });
  history.begin(registry.published().values());
  registry.takeAnswers();
  let next = 0;
  let asleepUntil = 0;
  let awayUntil = 0;
  let staleUntil = 0;
  const scriptEnds = yearBegins + (options.days ?? yearDays) * dayMs;
  const yearEnds = scriptEnds + (options.lastDays ?? enoughDays) * dayMs;
  const tickMs = script.everyMinutes * 60_000;
  for (let now = yearBegins; now < yearEnds; now += gridMs) {
    if (now > (options.until ?? yearEnds)) return notes;
    year.now = now;
    world.setNow(toInstant(now));
    const isOver = now >= scriptEnds;
    if (isOver || now >= awayUntil) registry.setFault(null);
    const hour = (now % dayMs) / hourMs;
    const weekday = new Date(now).getUTCDay();
    if (hour === script.refreshHour && weekday % 6 !== 0 && (isOver || now >= staleUntil))
      registry.refresh(toInstant(now).slice(0, 10));
    for (let act = script.acts[next]; act && act.at <= now && !isOver; act = script.acts[next]) {
      next += 1;
      notes.acts += 1;
      if (act.act === 'asleep') asleepUntil = now + act.hours * hourMs;
      else if (act.act === 'no-refresh') staleUntil = now + act.hours * hourMs;
      else if (act.act === 'away') {
        awayUntil = now + act.hours * hourMs;
        registry.setFault(act.fault);
      } else await applyAct(year, act);
    }
    if (isOver && hour === 0) await settleDown(year);
    if ((now < asleepUntil && !isOver) || now % tickMs !== 0) continue;
    const isSecond = weekday % 3 === 0 && hour === (script.refreshHour + 8) % 24;
    const isRound = hour === (script.refreshHour + 1) % 24 || isSecond;
    const dueAt = people.nextDueAt();
    const isDue = dueAt <= now;
    // Sometimes checks before anything is due.
    const isNearlyDue = dueAt > now && dueAt <= now + tickMs && Math.floor(now / gridMs) % 5 === 0;
    if (isRound || isDue || isNearlyDue) await tick(year, isRound, options);
    if (isRound && weekday === 1) await checkHeld(year);
  }
  await checkEnd(year);
  return notes;
}

/** One round, or only its second half, as the workers run it each minute. */
async function tick(year: Year, isRound: boolean, options: YearOptions): Promise<void> {
  const { context, now, notes } = year;
  if (options.sabotage) await options.sabotage(context, now);
  if (isRound) {
    notes.rounds += 1;
    await runRound(context, []);
    if (now % (2 * dayMs) < dayMs) await sweep(context);
    hearRegistry(year);
  } else {
    notes.plannings += 1;
    await planDigests(context);
    await planNotes(context);
    for (const { id } of await listDueDeliveries(context.db, context.now(), 100))
      await sendDelivery(context, id);
  }
  const owed = year.people.plan(now);
  await checkMails(year, owed, owedNotes(year.people, year.history, now));
}

/** Feeds the registry's answers to the model, run by run, like the product. */
export function hearRegistry({ registry, history, people, now }: Year): void {
  for (const { query, trials, whole } of registry.takeAnswers()) {
    const isAudit = query.kind === 'condition' && query.updatedSince !== undefined;
    if (isAudit || (query.kind === 'condition' && !whole)) continue;
    people.wake(history.read(trials, now), now);
    if (!whole) continue;
    const read = new Set(trials.map(({ id }) => id));
    const active = [...people.people.values()].flatMap((person) =>
      people.active(person).map((follow) => ({ person, follow })),
    );
    for (const { person, follow } of active) {
      const isServed =
        follow.kind === 'trial'
          ? query.kind === 'ids' && read.has(follow.words)
          : query.kind === 'condition' && query.words.toLowerCase() === follow.words;
      if (follow.cursor === null && isServed) people.startWatching(person, follow, now);
    }
  }
}

/** The end of the year: nothing stays held, nobody stays paused. */
async function settleDown(year: Year): Promise<void> {
  const { history, people } = year;
  if (history.held().length > 0) {
    await applyAct(year, { act: 'decide', decision: 'release', nth: 0, part: 'run' });
  }
  for (const [who, email] of emails.entries()) {
    const living = people.people.get(email)?.follows.filter(({ state }) => state !== 'ended') ?? [];
    for (const [nth, { state }] of living.entries())
      if (state === 'paused') await applyAct(year, { act: 'resume', who, nth });
  }
}
