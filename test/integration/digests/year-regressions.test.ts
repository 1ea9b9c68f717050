import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import { isOvertaken } from '../../../src/core/digests/net.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { type StudyParts, study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const trial = 'NCT09900001';
const ann = 'ann@example.net';

/** The registry's day, and the round of the morning after it, when ann's digests are due. */
async function live(world: World, n: number, parts: StudyParts): Promise<void> {
  turnTo(world, n, [study(trial, { ...parts, updatedOn: day(n) })]);
  await world.round();
  world.setNow(`${day(n + 1)}T09:00:00Z`);
  await world.round();
}

async function setState(world: World, kind: 'trial' | 'condition', state: string): Promise<void> {
  const { db, now } = world.context;
  await sql`update subscriptions set state = ${state}, next_due_at = ${now()}::timestamptz where kind = ${kind}`.execute(
    db,
  );
  await sql`update subscribers set next_due_at = ${now()}::timestamptz`.execute(db);
}

/** ann pauses the trial, which is suspended then; only after that she follows its condition daily. */
async function openPaused(): Promise<World> {
  const world = await open(onDayTwo([study(trial)]));
  await world.subscribe(ann, { trials: [trial] });
  await setState(world, 'trial', 'paused');
  await live(world, 3, { status: 'SUSPENDED' });
  expect(await world.mails(ann)).toEqual([]);
  await world.subscribe(ann, { conditions: ['asthma'], frequency: 'daily' });
  return world;
}

describe('a paused subscription that comes late, beside another to the same trial', () => {
  it('D1: does not tell an older status after a newer one was told through the other', async () => {
    const world = await openPaused();
    await live(world, 4, { status: 'COMPLETED' });
    const [told] = await world.mails(ann);
    expect(told?.text).toContain('Status: ‖ paused → ✓ completed');
    await setState(world, 'trial', 'active');
    await world.round();
    // "Now listed as paused" would be false: it is completed, and ann knows.
    expect(await world.mails(ann)).toHaveLength(1);
    await live(world, 5, { status: 'RECRUITING' });
    expect((await world.mails(ann)).at(-1)?.text).toContain('Status: ✓ completed →');
  });

  it('D1: still tells it when the other had nothing to say, there and back', async () => {
    const world = await openPaused();
    turnTo(world, 4, [study(trial, { status: 'COMPLETED', updatedOn: day(4) })]);
    await world.poll();
    await live(world, 5, { status: 'SUSPENDED' });
    const mails = await world.mails(ann);
    await setState(world, 'trial', 'active');
    await world.round();
    const all = await world.mails(ann);
    expect(all).toHaveLength(mails.length + 1);
    expect(all.at(-1)?.text).toContain('paused');
  });
});

describe('isOvertaken', () => {
  const status = (before: string, after: string): Change => ({
    facet: 'status',
    kind: 'status',
    before,
    after,
  });
  const reason = (after: string): Change => ({ facet: 'status', kind: 'why-stopped', before: null, after });
  const criteria = (text: string): Change => ({
    facet: 'eligibility',
    kind: 'criteria',
    before: null,
    after: text,
  });
  const [old, next, back] = [status('A', 'B'), status('B', 'C'), status('C', 'B')];

  it('D1: a mail that told a later value overtakes; one in which it went there and back does not', () => {
    expect(isOvertaken(old, [[next]])).toBe(true);
    expect(isOvertaken(old, [[next, back]])).toBe(false);
    expect(isOvertaken(old, [[next], [back]])).toBe(true);
    expect(isOvertaken(old, [])).toBe(false);
  });

  it('D1: a reason alone does not say the status; a status says the reason too', () => {
    expect(isOvertaken(old, [[reason('money')]])).toBe(false);
    expect(isOvertaken(reason('money'), [[next]])).toBe(true);
  });

  it('D1: of lists, and of a new trial, nothing is overtaken', () => {
    expect(isOvertaken(criteria('one'), [[criteria('two')]])).toBe(false);
    const registered: Change = { facet: 'registration', kind: 'registered', before: null, after: 'A' };
    expect(isOvertaken(registered, [[{ ...registered, kind: 'removed' }]])).toBe(false);
  });
});
