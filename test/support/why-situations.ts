import { sql } from 'kysely';
import type { Change } from '../../src/core/change.ts';
import type { SubscriptionFilters } from '../../src/core/subscriptions/filters.ts';
import { defaultFacets } from '../../src/core/subscriptions/follow-defaults.ts';
import { lockSubscriber } from '../../src/db/subscribers/subscription-state.ts';
import { discardHeldChanges, releaseHeldChanges } from '../../src/use-cases/admin/decide-held.ts';
import { pauseSubscriptions, stopSubscriptions } from '../../src/use-cases/subscriptions/change-state.ts';
import { day } from './days.ts';
import { type Stage, trialNumber } from './why-world.ts';
import type { Wish } from './world.ts';

type Step = (stage: Stage) => Promise<unknown>;

const follow =
  (wish: Wish = {}): Step =>
  (stage) =>
    stage.follow({ trials: [stage.trial], ...wish });
const followIllness =
  (filters: SubscriptionFilters = {}): Step =>
  (stage) =>
    stage.follow({ conditions: [stage.illness] }, { filters });
const followOther: Step = (stage) => stage.follow({ trials: [trialNumber(0)] });
const detect =
  (change: Partial<Change> = {}, how: Parameters<Stage['detect']>[1] = {}): Step =>
  (stage) =>
    stage.detect(change, how);
const back: Step = detect({ before: 'SUSPENDED', after: 'RECRUITING' });
const on: Step = detect({ before: 'SUSPENDED', after: 'TERMINATED' });
const place = (kind: string, otherTopics = false): Step =>
  detect({ facet: 'registration', kind, before: null, after: 'RECRUITING' }, { otherTopics });
const ref = {
  ref: 1,
  facility: 'Zeta Clinic',
  city: 'Bergen',
  state: '',
  country: 'Norway',
  lat: null,
  lon: null,
};
const site = (kind: string, before: string | null, after: string | null): Step =>
  detect({ facet: 'sites', kind, before, after, site: ref });
const participants = {
  facet: 'enrollment' as const,
  kind: 'enrollment',
  before: { count: 1 },
  after: { count: 2 },
};

/** Held by its own run, and decided by an admin. */
const decide =
  (act: 'release' | 'discard'): Step =>
  async (stage) => {
    const { db, now } = stage.world.context;
    const change = await stage.detect({}, { state: 'held' });
    const { run_id: run } = await db
      .selectFrom('changes')
      .select('run_id')
      .where('id', '=', change)
      .executeTakeFirstOrThrow();
    const details = JSON.stringify({ facet: null, changes: 1 });
    const decision = act === 'release' ? releaseHeldChanges : discardHeldChanges;
    await decision(stage.world.context, run, null, now(), async (tx) => {
      await sql`insert into audit_log (at, actor, act, subject, details)
      values (${now()}, 'me@example.org', ${act}, ${`run ${run}`}, ${details}::jsonb)`.execute(tx);
    });
  };

/** An action of a person on all their subscriptions. */
const choose =
  (act: 'stop' | 'pause'): Step =>
  (stage) => {
    const { db, now, keys } = stage.world.context;
    return db.transaction().execute(async (tx) => {
      const hash = keys.hashAddress(stage.email);
      const row = await tx
        .selectFrom('subscribers')
        .select('id')
        .where('address_hash', '=', hash)
        .executeTakeFirstOrThrow();
      const person = await lockSubscriber(tx, row.id);
      if (!person) throw new Error('nobody');
      return act === 'stop'
        ? stopSubscriptions(tx, person, 'all', now())
        : pauseSubscriptions(tx, person, 'all', null);
    });
  };

/** Runs after everybody is set up, because each first poll would end this wait. */
const unread: Step = async (stage) => {
  stage.last = async () => {
    await sql`update subscriptions set watching_since = null, position = null
      where registry_id = ${stage.trial}`.execute(stage.world.context.db);
  };
};

/** Runs after the others, because each of their releases would release everything that waits for the end of its run. */
const unfinished: Step = async (stage) => {
  stage.last = async () => {
    await stage.detect({}, { state: 'pending' });
  };
};

const suppress: Step = async ({ world, email }) => {
  const { db, keys } = world.context;
  await sql`insert into suppressions values (${keys.hashAddress(email)}, 'hard-bounce', ${day(5)})`.execute(
    db,
  );
};

const daily = 'next 2026-11-07T09:00';
const monday = 'next 2026-11-09T09:00';

/**
 * Events of a person and a trial until noon of Friday, 6 November: a title, the outcome of the newest change (or of all
 * changes, oldest first), and the steps that lead to it.
 */
export const situations: readonly [string, string, ...Step[]][] = [
  ['a trial’s change, daily', daily, follow(), detect()],
  ['a facet that is not chosen', 'facet', follow({ facets: ['sites'] }), detect()],
  ['a removed trial, whatever was chosen', daily, follow({ facets: ['sites'] }), place('removed')],
  ['a removed trial, for who follows its illness', 'trial-only', followIllness(), place('removed')],
  ['a trial registered, for who follows its number', 'condition-only', follow(), place('registered')],
  ['a trial registered, for who follows its illness', monday, followIllness(), place('registered')],
  ['registered and changed since', `${monday}, ${monday}`, followIllness(), place('registered'), detect()],
  ['a record that grew old', 'grew-old', followIllness(), detect({ after: 'UNKNOWN' })],
  ['came to match by other words, matched before', 'known', followIllness(), place('entered', true)],
  ['came to match', monday, followIllness(), place('entered')],
  ['left what matched', monday, followIllness(), place('left')],
  ['came and left', 'netted, netted', followIllness(), place('entered'), place('left')],
  ['a sign-up that was not confirmed', 'pending', follow({ consent: null }), detect()],
  ['a pause', 'paused', follow(), detect(), choose('pause')],
  ['stopped before', 'ended', follow(), choose('stop'), detect()],
  ['released before it was followed', 'before', followOther, detect(), follow()],
  ['another trial is followed', 'unmatched', followOther, detect()],
  ['a baseline that was not read yet', 'unwatched', follow(), detect(), unread],
  ['a phase that is not wanted', 'filters', followIllness({ phases: ['PHASE3'] }), detect()],
  ['a country that is wanted', monday, followIllness({ country: 'Norway' }), detect()],
  ['too far away', 'filters', followIllness({ place: { lat: -30, lon: 20, km: 50 } }), detect()],
  ['too old for it', 'filters', followIllness({ years: 3 }), detect()],
  ['there and back before a digest', 'netted, netted', follow(), detect(), back],
  ['on and on before a digest', `${daily}, ${daily}`, follow(), detect(), on],
  [
    ...(['there and back, and something else', `netted, netted, ${daily}`] as const),
    ...[follow({ facets: [...defaultFacets.trial, 'enrollment'] }), detect(), back, detect(participants)],
  ],
  [
    ...(['a site that came and went', 'netted, netted'] as const),
    ...[follow(), site('site-added', null, 'RECRUITING'), site('site-removed', 'RECRUITING', null)],
  ],
  ['held back', 'held', follow(), detect({}, { state: 'held' })],
  ['held back and released', daily, follow(), decide('release')],
  ['held back and discarded', 'discarded', follow(), decide('discard')],
  ['of a run that is not finished', 'unreleased', follow(), unfinished],
  ['at once', 'next 2026-11-06T12:00', follow({ frequency: 'immediate' }), detect()],
  [
    ...(['at once, but it is night there', 'next 2026-11-06T23:00'] as const),
    ...[follow({ frequency: 'immediate', timezone: 'Asia/Tokyo' }), detect()],
  ],
  [
    ...(['an hour and a zone of their own', 'next 2026-11-06T14:30'] as const),
    ...[follow({ hour: 20, timezone: 'Asia/Kolkata' }), detect()],
  ],
  ['followed twice, told by the first that is due', daily, followIllness(), follow(), detect()],
  ['mail to the address was stopped', 'suppressed', follow(), detect(), suppress],
  [
    ...(['told newer news by the trial than the rarer condition has', `overtaken, ${daily}`] as const),
    ...[followIllness(), detect(), follow(), on],
  ],
];
