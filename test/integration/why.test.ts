import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultFacets } from '../../src/core/follow-defaults.ts';
import type { Explanation } from '../../src/core/why/facts.ts';
import { lockChooser, pauseSubscriptions, stopSubscriptions } from '../../src/db/choices.ts';
import { discardHeld, releaseHeld } from '../../src/db/held.ts';
import { importTrials } from '../../src/jobs/import.ts';
import { planDigests } from '../../src/jobs/plan.ts';
import { sendDelivery } from '../../src/jobs/send.ts';
import { day, onDayTwo } from '../support/days.ts';
import { study } from '../support/study.ts';
import {
  explainStage,
  illnessOf,
  listDigestsOf,
  openStage,
  type Stage,
  tells,
  trialNumber,
} from '../support/why-world.ts';
import { openWorld, type World } from '../support/world.ts';

const noon = (n: number) => `${day(n)}T12:00:00.000Z`;
const back = { before: 'SUSPENDED', after: 'RECRUITING' };
const on = { before: 'SUSPENDED', after: 'TERMINATED' };
const asCondition = ({ illness }: Stage) => ({ conditions: [illness] });
const registration = (kind: string) => ({
  facet: 'registration' as const,
  kind,
  before: null,
  after: 'RECRUITING',
});
const site = {
  ref: 1,
  facility: 'Zeta Clinic',
  city: 'Bergen',
  state: '',
  country: 'Norway',
  lat: null,
  lon: null,
};

async function decide(stage: Stage, decision: typeof releaseHeld, change: number): Promise<void> {
  const { db, now } = stage.world.context;
  const { run_id } = await db
    .selectFrom('changes')
    .select('run_id')
    .where('id', '=', change)
    .executeTakeFirstOrThrow();
  await decision(db, run_id, null, now(), async (tx, changes) => {
    await sql`insert into audit_log (at, actor, act, subject, details) values (${now()}, 'me@example.org',
      ${decision === releaseHeld ? 'release' : 'discard'}, ${`run ${run_id}`}, ${JSON.stringify({ facet: null, changes })}::jsonb)`.execute(
      tx,
    );
  });
}

async function act(stage: Stage, how: 'stop' | 'pause'): Promise<void> {
  const { db, now, keys } = stage.world.context;
  await db.transaction().execute(async (tx) => {
    const hash = keys.hashAddress(stage.email);
    const { id } = await tx
      .selectFrom('subscribers')
      .select('id')
      .where('address_hash', '=', hash)
      .executeTakeFirstOrThrow();
    const person = await lockChooser(tx, id);
    if (!person) throw new Error('nobody');
    if (how === 'stop') await stopSubscriptions(tx, person, 'all', now());
    else await pauseSubscriptions(tx, person, 'all', null);
  });
}

/** What befalls a person and a trial until noon of 6 November, a Friday, and what the newest change's chain then ends in. */
const situations: [string, string, (stage: Stage) => Promise<unknown>][] = [
  [
    'a trial’s change, daily',
    'next 2026-11-07T09:00',
    async (s) => {
      await s.follow();
      await s.detect({});
    },
  ],
  [
    'a change of a facet that is not chosen',
    'facet',
    async (s) => {
      await s.follow({ trials: [s.trial], facets: ['sites'] });
      await s.detect({});
    },
  ],
  [
    'a removed trial, whatever was chosen',
    'next 2026-11-07T09:00',
    async (s) => {
      await s.follow({ trials: [s.trial], facets: ['sites'] });
      await s.detect({ ...registration('removed') });
    },
  ],
  [
    'a removed trial, for who follows its illness',
    'trial-only',
    async (s) => {
      await s.follow(asCondition(s));
      await s.detect({ ...registration('removed') });
    },
  ],
  [
    'a trial registered, for who follows its number',
    'condition-only',
    async (s) => {
      await s.follow({ trials: [s.trial], facets: ['registration'] });
      await s.detect({ ...registration('registered') });
    },
  ],
  [
    'a trial registered, for who follows its illness',
    'next 2026-11-09T09:00',
    async (s) => {
      await s.follow(asCondition(s));
      await s.detect({ ...registration('registered') });
    },
  ],
  [
    'registered and changed since',
    'next 2026-11-09T09:00',
    async (s) => {
      await s.follow(asCondition(s));
      await s.detect({ ...registration('registered') });
      await s.detect({});
    },
  ],
  [
    'a record that grew old, for who follows its illness',
    'grew-old',
    async (s) => {
      await s.follow(asCondition(s));
      await s.detect({ after: 'UNKNOWN' });
    },
  ],
  [
    'came to match by other words, matched before',
    'known',
    async (s) => {
      await s.follow(asCondition(s));
      await s.detect({ ...registration('entered') }, { otherTopics: true });
    },
  ],
  [
    'came to match',
    'next 2026-11-09T09:00',
    async (s) => {
      await s.follow(asCondition(s));
      await s.detect({ ...registration('entered') });
    },
  ],
  [
    'left what matched',
    'next 2026-11-09T09:00',
    async (s) => {
      await s.follow(asCondition(s));
      await s.detect({ ...registration('left') });
    },
  ],
  [
    'came and left',
    'netted',
    async (s) => {
      await s.follow(asCondition(s));
      await s.detect({ ...registration('entered') });
      await s.detect({ ...registration('left') });
    },
  ],
  [
    'a sign-up that was not confirmed',
    'pending',
    async (s) => {
      await s.follow({ trials: [s.trial], consent: null });
      await s.detect({});
    },
  ],
  [
    'a pause',
    'paused',
    async (s) => {
      await s.follow();
      await s.detect({});
      await act(s, 'pause');
    },
  ],
  [
    'stopped before',
    'ended',
    async (s) => {
      await s.follow();
      await act(s, 'stop');
      await s.detect({});
    },
  ],
  [
    'released before it was followed',
    'before',
    async (s) => {
      await s.follow({ trials: [trialNumber(0)] });
      await s.detect({});
      await s.follow();
    },
  ],
  [
    'another trial is followed',
    'unmatched',
    async (s) => {
      await s.follow({ trials: [trialNumber(0)] });
      await s.detect({});
    },
  ],
  [
    'a baseline that was not read yet',
    'unwatched',
    async (s) => {
      await s.follow();
      await s.detect({});
      // After the others: each of their first readings would end the wait.
      s.last = async () => {
        await sql`update subscriptions set watching_since = null, position = null where registry_id = ${s.trial}`.execute(
          s.world.context.db,
        );
      };
    },
  ],
  [
    'a phase that is not wanted',
    'filters',
    async (s) => {
      await s.follow(asCondition(s), { filters: { phases: ['PHASE3'] } });
      await s.detect({});
    },
  ],
  [
    'a country that is wanted',
    'next 2026-11-09T09:00',
    async (s) => {
      await s.follow(asCondition(s), { filters: { country: 'Norway' } });
      await s.detect({});
    },
  ],
  [
    'too far away',
    'filters',
    async (s) => {
      await s.follow(asCondition(s), { filters: { place: { lat: -30, lon: 20, km: 50 } } });
      await s.detect({});
    },
  ],
  [
    'too old for it',
    'filters',
    async (s) => {
      await s.follow(asCondition(s), { filters: { years: 3 } });
      await s.detect({});
    },
  ],
  [
    'there and back before a digest',
    'netted',
    async (s) => {
      await s.follow();
      await s.detect({});
      await s.detect(back);
    },
  ],
  [
    'on and on before a digest',
    'next 2026-11-07T09:00',
    async (s) => {
      await s.follow();
      await s.detect({});
      await s.detect(on);
    },
  ],
  [
    'there and back, and something else',
    'next 2026-11-07T09:00',
    async (s) => {
      await s.follow();
      await s.detect({});
      await s.detect(back);
      await s.detect({
        facet: 'enrollment',
        kind: 'enrollment',
        before: { count: 1, type: 'ACTUAL' },
        after: { count: 2, type: 'ACTUAL' },
      });
      await s.set({ facets: [...defaultFacets.trial, 'enrollment'] });
    },
  ],
  [
    'a site that came and went',
    'netted',
    async (s) => {
      await s.follow();
      await s.detect({ facet: 'sites', kind: 'site-added', before: null, after: 'RECRUITING', site });
      await s.detect({ facet: 'sites', kind: 'site-removed', before: 'RECRUITING', after: null, site });
    },
  ],
  [
    'held back',
    'held',
    async (s) => {
      await s.follow();
      await s.detect({}, { state: 'held' });
    },
  ],
  [
    'held back and released',
    'next 2026-11-07T09:00',
    async (s) => {
      await s.follow();
      await decide(s, releaseHeld, await s.detect({}, { state: 'held' }));
    },
  ],
  [
    'held back and discarded',
    'discarded',
    async (s) => {
      await s.follow();
      await decide(s, discardHeld, await s.detect({}, { state: 'held' }));
    },
  ],
  [
    'at once',
    'next 2026-11-06T12:00',
    async (s) => {
      await s.follow({ trials: [s.trial], frequency: 'immediate' });
      await s.detect({});
    },
  ],
  [
    'at once, but it is night there',
    'next 2026-11-06T23:00',
    async (s) => {
      await s.follow({ trials: [s.trial], frequency: 'immediate', timezone: 'Asia/Tokyo' });
      await s.detect({});
    },
  ],
  [
    'an hour and a zone of their own',
    'next 2026-11-06T14:30',
    async (s) => {
      await s.follow({ trials: [s.trial], hour: 20, timezone: 'Asia/Kolkata' });
      await s.detect({});
    },
  ],
  [
    'followed twice, told by the first that is due',
    'next 2026-11-07T09:00',
    async (s) => {
      await s.follow(asCondition(s));
      await s.follow();
      await s.detect({});
    },
  ],
  [
    'stopped for good by the mailbox',
    'suppressed',
    async (s) => {
      await s.follow();
      await s.detect({});
      await sql`insert into suppressions values (${s.world.context.keys.hashAddress(s.email)}, 'hard-bounce', ${noon(5)})`.execute(
        s.world.context.db,
      );
    },
  ],
  [
    'told by the trial, and older news by the rarer condition',
    'overtaken, next 2026-11-07T09:00',
    async (s) => {
      await s.follow(asCondition(s));
      await s.detect({});
      await s.follow();
      await s.detect(on);
    },
  ],
];

type Seen = {
  before: Map<number, Explanation>;
  after: Map<number, Explanation>;
  sent: Map<number, Explanation>;
};

const sayEnd = ({ verdict }: Explanation) =>
  verdict.kind === 'next'
    ? `next ${verdict.at.slice(0, 16)}`
    : verdict.kind === 'not'
      ? verdict.because
      : verdict.kind;

describe('Why agrees with what the planner then does', () => {
  let world: World;
  const stages: Stage[] = [];
  const seen: Seen[] = [];

  beforeAll(async () => {
    const studies = [...situations.keys()].map((n) =>
      study(trialNumber(n), {
        conditions: [illnessOf(n)],
        sites: ['Zeta Clinic, Bergen, Norway @ 60.39 5.32'],
      }),
    );
    world = await openWorld(onDayTwo(studies));
    await importTrials(world.context, world.registry, { kind: 'all' });
    world.setNow(`${day(6)}T09:30:00Z`);
    for (const [n, [, , setUp]] of situations.entries()) {
      const stage = openStage(world, n);
      stages.push(stage);
      await setUp(stage);
    }
    for (const stage of stages) await stage.last();
    world.setNow(noon(6));
    const before = await Promise.all(stages.map(explainStage));
    // Eight days, in which every cadence comes round.
    for (let half = 0; half <= 8 * 48; half += half < 48 ? 1 : 2) {
      world.setNow(new Date(Date.parse(noon(6)) + half * 30 * 60_000).toISOString());
      await planDigests(world.context);
    }
    const after = await Promise.all(stages.map(explainStage));
    const due = await world.context.db
      .selectFrom('deliveries')
      .select('id')
      .where('kind', '=', 'digest')
      .execute();
    for (const { id } of due) await sendDelivery(world.context, id);
    const sent = await Promise.all(stages.map(explainStage));
    for (const n of stages.keys())
      seen.push({
        before: before[n] ?? new Map(),
        after: after[n] ?? new Map(),
        sent: sent[n] ?? new Map(),
      });
  }, 120_000);
  afterAll(() => world.close());

  /** The digests that settle a change and say something of it. */
  async function listTelling(stage: Stage, changeId: number) {
    const { db } = world.context;
    const { change } = await db
      .selectFrom('changes')
      .select('change')
      .where('id', '=', changeId)
      .executeTakeFirstOrThrow();
    const items = await db
      .selectFrom('digest_items')
      .select('digest_id')
      .where('change_id', '=', changeId)
      .execute();
    const digests = await listDigestsOf(stage);
    return digests.filter(
      (digest) =>
        items.some(({ digest_id }) => digest_id === digest.id) && tells(digest, stage.trial, change),
    );
  }

  for (const [n, [title, expected]] of situations.entries()) {
    it(`${title}: ${expected}`, async () => {
      const stage = stages[n];
      const { before, after, sent } = seen[n] ?? {};
      if (!stage || !before || !after || !sent) throw new Error('not set up');
      const ends = [...before].sort(([a], [b]) => a - b).map(([, chain]) => sayEnd(chain));
      expect(expected.includes(',') ? ends.join(', ') : ends.at(-1)).toBe(expected);
      for (const [id, { verdict, steps }] of before) {
        expect(steps.length).toBeGreaterThan(1);
        const telling = await listTelling(stage, id);
        const end = after.get(id)?.verdict;
        if (verdict.kind === 'next') {
          expect(telling.map(({ plannedAt }) => plannedAt)).toEqual([verdict.at]);
          expect(end).toEqual({ kind: 'promised', digestId: telling[0]?.id });
          expect(sent.get(id)?.verdict).toEqual({ kind: 'sent', digestId: telling[0]?.id });
        } else if (verdict.kind === 'not' && verdict.because === 'suppressed') {
          expect([end?.kind, sent.get(id)?.verdict.kind]).toEqual(['undelivered', 'undelivered']);
        } else {
          expect(telling).toEqual([]);
          expect(verdict.kind).toBe('not');
          expect(end).toEqual(verdict);
        }
      }
    });
  }

  it('names the server’s answer and the Message-ID of what was sent', async () => {
    const rows = await world.context.db
      .selectFrom('deliveries')
      .select(['digest_id', 'message_id', 'reply'])
      .where('phase', '=', 'sent')
      .execute();
    expect(rows.length).toBeGreaterThan(10);
    for (const { sent } of seen)
      for (const { verdict, steps } of sent.values()) {
        if (verdict.kind !== 'sent') continue;
        const row = rows.find(({ digest_id }) => digest_id === verdict.digestId);
        expect(steps.map(({ values }) => values.messageId)).toContain(row?.message_id);
        expect(steps.map(({ values }) => values.reply)).toContain(row?.reply);
      }
  });
});
