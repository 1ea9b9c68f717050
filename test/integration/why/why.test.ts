import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Explanation } from '../../../src/core/why/facts.ts';
import { sendDelivery } from '../../../src/jobs/delivery/send.ts';
import { planDigests } from '../../../src/jobs/digests/plan.ts';
import { importTrials } from '../../../src/jobs/ingest/import.ts';
import { day, onDayTwo } from '../../support/days.ts';
import { study } from '../../support/study.ts';
import { situations } from '../../support/why-situations.ts';
import {
  explainStage,
  illnessOf,
  listDigestsOf,
  openStage,
  type Stage,
  tells,
  trialNumber,
} from '../../support/why-world.ts';
import { openWorld, type World } from '../../support/world.ts';

const noon = (n: number) => `${day(n)}T12:00:00.000Z`;

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
    for (const [n, [, , ...steps]] of situations.entries()) {
      const stage = openStage(world, n);
      stages.push(stage);
      for (const step of steps) await step(stage);
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
