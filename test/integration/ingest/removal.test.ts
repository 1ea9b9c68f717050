import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { loadRaws } from '../../../src/db/ingest/trials.ts';
import { importTrials } from '../../../src/jobs/ingest/import.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { unwrapText, visibleBlocks } from '../../support/html-text.ts';
import { manyStudies, type StudyParts, study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const id = 'NCT09900001';
const other = 'NCT09900002';
const contact = { name: 'Ada Example', phone: '555-0100' };
const parts: StudyParts = { updatedOn: '2026-09-01', contact, title: 'Exampline for Asthma' };
const gone =
  'This record is no longer on ClinicalTrials.gov. We do not know why. If you take part in the trial, ask your study team.';

/** Two trials are stored; ann follows the one that will vanish, cy asthma, which both are about. */
async function openTwo(): Promise<World> {
  const world = await open(onDayTwo([study(id, parts), study(other, parts)]));
  await world.subscribe('ann@example.net', { trials: [id] });
  await world.subscribe('cy@example.net', { conditions: ['asthma'], frequency: 'daily' });
  return world;
}

async function rowOf(world: World, trial = id) {
  return world.context.db
    .selectFrom('trials')
    .selectAll()
    .where('registry_id', '=', trial)
    .executeTakeFirst();
}

/** The trial is not at the registry on these days of November. */
async function vanishOn(world: World, days: number[]): Promise<void> {
  for (const n of days) {
    turnTo(world, n, [study(other, parts)]);
    await world.round();
  }
}

describe('a record that vanishes', () => {
  it('C11: is told as removed at the third refresh that agrees, in the registry’s words, to who follows it alone; its contacts are let go', async () => {
    const world = await openTwo();
    expect((await rowOf(world))?.contacts).not.toEqual([]);
    await vanishOn(world, [3, 4]);
    expect(await world.mails()).toEqual([]);
    expect(await rowOf(world)).toMatchObject({ missing_count: 2, removed_at: null });
    turnTo(world, 5, [study(other, parts)]);
    const round = await world.round();
    expect(round.result.registries.ctgov).toMatchObject({ outcome: 'completed', changes: 1, removed: 1 });
    const [mail, ...rest] = await world.mails();
    expect(rest).toEqual([]);
    expect(mail?.to?.[0]?.address).toBe('ann@example.net');
    expect(unwrapText(mail?.text ?? '')).toContain(gone);
    expect(visibleBlocks(mail?.html ?? '').join(' ')).toContain(gone);
    expect(await rowOf(world)).toMatchObject({ contacts: [] });
    // Its history stays, and it is not told again.
    expect(await world.versions(id)).toHaveLength(1);
    await vanishOn(world, [6, 9, 16]);
    expect(await world.mails()).toHaveLength(1);
  });

  it('C11: one that vanishes soon after an update is no shortfall of the poll, and is counted like any other', async () => {
    const lately = { ...parts, updatedOn: day(2) };
    const world = await open(onDayTwo([study(id, lately), study(other, parts)]));
    await world.subscribe('ann@example.net', { trials: [id] });
    for (const n of [3, 4, 5]) {
      turnTo(world, n, [study(other, parts)]);
      const round = await world.round();
      expect(round.result.registries.ctgov).toMatchObject({ outcome: 'completed', removed: n === 5 ? 1 : 0 });
    }
    expect(await world.mails('ann@example.net')).toHaveLength(1);
  });

  it('C11: the data that moves while it is missed counts as one refresh', async () => {
    const world = await openTwo();
    turnTo(world, 3, [study(other, parts)]);
    const { trial } = world.registry;
    world.registry.trial = async (asked) => {
      const answer = await trial(asked);
      if (world.context.now() < day(4)) world.refresh(`${day(3)}T15:00:00`, [study(other, parts)]);
      return answer;
    };
    await world.poll();
    world.setNow(`${day(3)}T16:00:00Z`);
    world.registry.trial = trial;
    await world.poll();
    expect(await rowOf(world)).toMatchObject({ missing_count: 1, missing_at: `${day(3)}T15:00:00` });
  });

  it('C11: the same refresh polled thrice counts once', async () => {
    const world = await openTwo();
    turnTo(world, 3, [study(other, parts)]);
    for (const hour of [12, 13, 14]) {
      world.setNow(`${day(3)}T${hour}:00:00Z`);
      // As if the watermark had been lost: the registry is read again in full.
      await sql`update registries set data_timestamp = ${`${day(2)}T09:00:04`}`.execute(world.context.db);
      await world.poll();
    }
    expect(await rowOf(world)).toMatchObject({ missing_count: 1, removed_at: null });
  });

  it('C11: found again before the third, it begins anew, and nobody hears of it', async () => {
    const world = await openTwo();
    await vanishOn(world, [3, 4]);
    turnTo(world, 5, [study(id, parts), study(other, parts)]);
    await world.round();
    expect(await rowOf(world)).toMatchObject({ missing_count: 0, missing_at: null });
    await vanishOn(world, [12, 13]);
    expect(await world.changes()).toEqual([]);
    expect(await world.mails()).toEqual([]);
  });

  for (const [name, fault] of [
    ['an empty body', { type: 'text/html', body: '' }],
    ['a web page', {}],
    ['plain text of something else', { type: 'text/plain', body: 'not found' }],
  ] as const) {
    it(`C11: a 404 with ${name} is the network’s edge and never counts; the round says that it was cut short`, async () => {
      const world = await openTwo();
      world.recorded.setFault({ kind: 'status', status: 404, on: 'study', ...fault });
      for (const n of [3, 4, 5, 6]) {
        turnTo(world, n, [study(other, parts)]);
        const round = await world.round();
        expect(round.ok).toBe(false);
        expect(['partial', 'failed']).toContain(round.result.registries.ctgov?.outcome);
      }
      expect(await rowOf(world)).toMatchObject({ missing_count: 0, removed_at: null });
      expect(await world.mails('ann@example.net')).toEqual([]);
    });
  }

  it('C11: a return is told, with what changed meanwhile, and its contacts are there again', async () => {
    const world = await openTwo();
    await vanishOn(world, [3, 4, 5]);
    turnTo(world, 16, [study(id, parts), study(other, parts)]);
    const round = await world.round();
    expect(round.result.registries.ctgov).toMatchObject({ outcome: 'completed', changes: 1 });
    const mails = await world.mails('ann@example.net');
    expect(mails).toHaveLength(2);
    expect(mails[1]?.text).toContain(
      'This record is on ClinicalTrials.gov again. Before, it was not found there.',
    );
    const row = await rowOf(world);
    expect(row).toMatchObject({ missing_count: 0, removed_at: null });
    expect(JSON.stringify(row?.contacts)).toContain('555-0100');
    const raws = await loadRaws(world.context.db, [row?.id ?? 0]);
    expect([...raws.values()]).toMatchObject([{ raw: { protocolSection: {} } }]);
    expect(await world.mails('cy@example.net')).toEqual([]);
  });

  it('C11: a return with another status tells both', async () => {
    const world = await openTwo();
    await vanishOn(world, [3, 4, 5]);
    turnTo(world, 6, [study(id, { ...parts, status: 'COMPLETED', updatedOn: day(6) }), study(other, parts)]);
    await world.round();
    const text = (await world.mails('ann@example.net'))[1]?.text;
    expect(text).toContain('This record is on ClinicalTrials.gov again');
    expect(text).toContain('Status: ● recruiting → ✓ completed');
  });
});

describe('many records that vanish', () => {
  const many = () => manyStudies(30, parts);
  async function openMany(): Promise<World> {
    const world = await open(onDayTwo(many()));
    await importTrials(world.context, world.registry, { kind: 'all' });
    await world.subscribe('ann@example.net', { trials: ['NCT08000001', 'NCT08000002'] });
    return world;
  }

  it('C11, C10, L11: too many at once are the registry’s fault: the round is partial, nothing is counted, each is not asked for by itself', async () => {
    const world = await openMany();
    for (const n of [3, 4, 5, 6]) {
      turnTo(world, n, many().slice(7));
      world.recorded.requests.length = 0;
      const round = await world.round();
      expect(round.result.registries.ctgov).toMatchObject({ outcome: 'partial', removed: 0 });
      expect(round.reasons.join()).toContain(
        'ClinicalTrials.gov does not list 7 of the stored trials it was asked for: too many to believe',
      );
      expect(world.recorded.requests.filter(({ path }) => /^\/studies\//.test(path))).toEqual([]);
    }
    expect(await world.mails('ann@example.net')).toEqual([]);
    expect(await world.changes()).toEqual([]);
  });

  it('C11: six of thirty are believed, refresh after refresh, though in the end nothing but they is asked for', async () => {
    const world = await openMany();
    for (const n of [3, 4, 5]) {
      turnTo(world, n, many().slice(6));
      expect((await world.round()).result.registries.ctgov?.outcome).toBe('completed');
    }
    expect((await world.changes()).map(({ change }) => change.kind)).toEqual(Array(6).fill('removed'));
    expect(await world.mails('ann@example.net')).toHaveLength(1);
  });

  it('C11: removed ones are asked for once a week, not at each refresh', async () => {
    const world = await openMany();
    const asked: number[] = [];
    for (const n of [3, 4, 5, 6, 9, 10, 11, 12, 13, 16]) {
      turnTo(world, n, many().slice(2));
      world.recorded.requests.length = 0;
      await world.poll();
      const single = world.recorded.requests.filter(({ path }) => path === '/studies/NCT08000001');
      if (single.length > 0) asked.push(n);
    }
    expect(asked).toEqual([3, 4, 5, 12]);
  });
});

describe('an id that becomes another’s', () => {
  const status = { status: 'SUSPENDED', updatedOn: day(4) };

  it('C11: a trial under a new id is the same trial: its follower hears of it, nothing is removed', async () => {
    const world = await openTwo();
    const renamed = 'NCT09900007';
    turnTo(world, 3, [study(renamed, { ...parts, aliases: [id] }), study(other, parts)]);
    await world.round();
    expect(await world.mails('ann@example.net')).toEqual([]);
    turnTo(world, 4, [study(renamed, { ...parts, ...status, aliases: [id] }), study(other, parts)]);
    await world.round();
    const [mail] = await world.mails('ann@example.net');
    expect(mail?.text).toContain('Status: ● recruiting → ‖ paused');
    expect(mail?.text).toContain(renamed);
    expect(await world.versions(renamed)).toHaveLength(3);
    expect(await rowOf(world)).toBeUndefined();
    expect((await world.changes()).map(({ change }) => change.kind)).toEqual(['status']);
  });

  for (const [how, updatedOn] of [
    ['with an update', day(3)],
    ['in silence', '2026-09-01'],
  ] as const) {
    it(`C11: of two stored trials one becomes the other’s former id, ${how}: its followers are told of the one that stays, and nothing is removed`, async () => {
      const world = await openTwo();
      await world.subscribe('ben@example.net', { trials: [id, other] });
      turnTo(world, 3, [study(other, { ...parts, updatedOn, aliases: [id] })]);
      await world.round();
      const [row] = (await world.changes()).filter(({ change }) => change.kind !== 'status');
      expect(row).toBeUndefined();
      for (const n of [4, 5, 6, 13, 14, 15, 22]) {
        turnTo(world, n, [study(other, { ...parts, ...status, aliases: [id] })]);
        await world.round();
      }
      for (const address of ['ann@example.net', 'ben@example.net']) {
        const mails = await world.mails(address);
        expect(mails).toHaveLength(1);
        expect(mails[0]?.text).toContain('Status: ● recruiting → ‖ paused');
        expect(mails[0]?.text).toContain(other);
      }
      expect((await world.changes()).map(({ change }) => change.kind)).toEqual(['status']);
      expect(await rowOf(world)).toMatchObject({ missing_count: 0, removed_at: null });
    });
  }

  it('C11: missing at first, then another’s former id: it is not removed', async () => {
    const world = await openTwo();
    await vanishOn(world, [3, 4]);
    for (const n of [5, 6, 12]) {
      turnTo(world, n, [study(other, { ...parts, updatedOn: day(5), aliases: [id] })]);
      await world.round();
    }
    expect(await world.changes()).toEqual([]);
    expect(await world.mails()).toEqual([]);
  });
});
