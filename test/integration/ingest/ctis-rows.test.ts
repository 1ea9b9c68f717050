import { describe, expect, it } from 'vitest';
import { listQuarantine } from '../../../src/db/ingest/quarantine.ts';
import type { CtisTrial } from '../../../src/demo/ctis-trial.ts';
import type { CtisFault } from '../../../src/demo/recorded-ctis.ts';
import { makeCtisTrial } from '../../support/ctis.ts';
import { useCtisWorlds } from '../../support/ctis-world.ts';

const openWorld = useCtisWorlds();

const base = makeCtisTrial();
const idOf = (number: number) => `2024-51${String(number).padStart(4, '0')}-10-00`;
/** Trials of other illnesses: a list of two pages. */
const others = Array.from({ length: 120 }, (_, at) =>
  makeCtisTrial({
    id: idOf(100 + at),
    condition: 'Asthma',
    title: `Asthma study ${at}`,
    decidedOn: '2026-09-01',
  }),
);
const openItaly = (trial: CtisTrial): CtisTrial => ({
  ...trial,
  publishedOn: '2026-11-03',
  countries: trial.countries.map((country) =>
    country.name === 'Italy' ? { ...country, code: 4, recruitsFrom: '2026-10-30' } : country,
  ),
});

describe('the EU registry', () => {
  it('X4: a list of all rows tells which records to read: one country opens, and its follower hears of it', async () => {
    const world = await openWorld([base, ...others]);
    await world.subscribe('ann@example.net', { trials: [base.id] });
    world.portal.requests.length = 0;
    expect(await world.pollCtis('2026-11-02T12:00:00Z')).toMatchObject({ outcome: 'completed' });
    const { requests } = world.portal;
    // The record was stored when it was followed, as it was last published.
    expect(requests).toEqual(['search 1 DESC', 'search 2 DESC']);

    requests.length = 0;
    world.portal.setTrials([openItaly(base), ...others], 1);
    expect(await world.pollCtis('2026-11-02T20:00:00Z')).toMatchObject({ outcome: 'unchanged' });
    expect(requests).toEqual([]);
    expect(await world.pollCtis('2026-11-03T12:00:00Z')).toMatchObject({
      outcome: 'completed',
      figures: { seen: 1, changed: 1 },
    });
    expect(requests.filter((one) => one.startsWith('retrieve'))).toEqual([`retrieve ${base.id}`]);
    const told = (await world.changes()).map(({ kind, change }) => [kind, change.country]);
    expect(told).toEqual([['country-status', 'Italy']]);
    world.setNow('2026-11-04T12:00:00Z');
    await world.round();
    const [mail] = await world.mails('ann@example.net');
    expect(mail?.text).toMatch(/Italy: ○ authorized, not yet recruiting → ● recruiting/);
    expect(mail?.text).not.toMatch(/Spain.*recruiting/);
  });

  it('X4: a trial that is listed for the first time is new; one that only changed was there before', async () => {
    const world = await openWorld(others);
    await world.subscribe('ann@example.net', { conditions: ['multiple sclerosis'] });
    await world.pollCtis('2026-11-02T12:00:00Z');
    const [first] = others;
    if (!first) throw new Error('no other trial');
    world.portal.setTrials([base, { ...first, publishedOn: '2026-11-03' }, ...others.slice(1)]);
    await world.pollCtis('2026-11-03T12:00:00Z');
    expect((await world.changes()).map(({ trial, kind }) => [trial, kind])).toEqual([
      [base.id, 'registered'],
    ]);
  });

  it('X4: a list that is cut short, empty or a web page ends the run; nothing is gone and the news is told', async () => {
    const world = await openWorld([base, ...others]);
    await world.subscribe('ann@example.net', { trials: [base.id, idOf(100)] });
    await world.pollCtis('2026-11-02T12:00:00Z');
    // Newest decision first: of the first page, the opening is told; the other trial is on the second.
    world.portal.setTrials([openItaly(base), ...others]);
    world.portal.setFault({ kind: 'cut-short', fromPage: 2 });
    const cut = await world.pollCtis('2026-11-03T12:00:00Z');
    expect(cut).toMatchObject({ outcome: 'partial', figures: { changed: 1, removed: 0 } });
    expect(cut.reason).toMatch(/internal error \(503\)/);
    for (const [hour, fault, outcome] of [
      ['13', { kind: 'no-rows' }, 'failed'],
      ['14', { kind: 'web-page', on: 'search' }, 'failed'],
      ['15', { kind: 'left-out', ids: [idOf(100)] }, 'partial'],
    ] as const) {
      world.portal.setFault(fault as CtisFault);
      const polled = await world.pollCtis(`2026-11-03T${hour}:00:00Z`);
      expect([fault.kind, polled.outcome, polled.figures.removed]).toEqual([fault.kind, outcome, 0]);
    }
    world.portal.setFault(null);
    expect(await world.pollCtis('2026-11-03T16:00:00Z')).toMatchObject({ outcome: 'completed' });
    expect((await world.changes()).map(({ kind }) => kind)).toEqual(['country-status']);
  });

  it('X4: neither an empty record of a listed trial nor a missing row of a present record is a removal', async () => {
    const gone = makeCtisTrial({ id: idOf(2) });
    const world = await openWorld([base, gone, ...others]);
    await world.subscribe('ann@example.net', { trials: [base.id, gone.id] });
    await world.pollCtis('2026-11-01T12:00:00Z');
    world.portal.setTrials([openItaly(base), gone, ...others]);
    world.portal.setFault({ kind: 'empty-record', ids: [base.id] });
    expect(await world.pollCtis('2026-11-02T12:00:00Z')).toMatchObject({
      outcome: 'completed',
      figures: { quarantined: 1, changed: 0, removed: 0 },
    });
    world.portal.setFault({ kind: 'other-record', ids: [base.id] });
    await world.pollCtis('2026-11-03T12:00:00Z');
    expect((await listQuarantine(world.context.db))[0]?.reason).toMatch(
      /another record than the one asked for/,
    );
    world.portal.setFault(null);
    await world.pollCtis('2026-11-04T12:00:00Z');
    expect(await listQuarantine(world.context.db)).toEqual([]);
    // Only a trial without row and record is missing, and three whole lists have to agree.
    world.portal.setTrials([openItaly(base), ...others]);
    const removed = [];
    for (const day of ['05', '06', '07', '08']) {
      const { figures } = await world.pollCtis(`2026-11-${day}T12:00:00Z`);
      removed.push(figures.removed);
    }
    expect(removed).toEqual([0, 0, 1, 0]);
    world.portal.setTrials([openItaly(base), gone, ...others]);
    await world.pollCtis('2026-11-09T12:00:00Z');
    expect((await world.changes()).map(({ trial, kind }) => [trial, kind])).toEqual([
      [base.id, 'country-status'],
      [gone.id, 'removed'],
      [gone.id, 'returned'],
    ]);
  });

  it('X11: a day on which every row is published anew is read and tells nothing', async () => {
    const world = await openWorld([base, ...others]);
    await world.subscribe('ann@example.net', { conditions: ['asthma'] });
    await world.pollCtis('2026-11-02T12:00:00Z');
    const again = [base, ...others].map((trial) => ({ ...trial, publishedOn: '2026-11-02' }));
    world.portal.setTrials(again, 3);
    expect(await world.pollCtis('2026-11-03T12:00:00Z')).toMatchObject({
      outcome: 'completed',
      figures: { seen: 121, changed: 0, changes: 0 },
    });
  });

  it('X11: a day that changes one facet of everything is held, with the figures of this registry', async () => {
    const world = await openWorld([base, ...others]);
    await world.subscribe('ann@example.net', { conditions: ['asthma'] });
    await world.pollCtis('2026-11-02T12:00:00Z');
    const again = others.map((trial) => ({
      ...trial,
      publishedOn: '2026-11-02',
      sponsor: 'Another Pharma BV',
    }));
    world.portal.setTrials([base, ...again]);
    const polled = await world.pollCtis('2026-11-03T12:00:00Z');
    expect(polled).toMatchObject({ outcome: 'held', figures: { changed: 120, held: 120 } });
    expect((await world.changes()).every(({ state }) => state === 'held')).toBe(true);
  });

  it('C13: followers of a condition get its present trials silently, and hear of the next one', async () => {
    const old = makeCtisTrial({ id: idOf(3), title: 'Old multiple sclerosis study' });
    const world = await openWorld([base, old]);
    // Stored for one follower, it is not news for another, whose baseline here is still to be read.
    await world.subscribe('ann@example.net', { conditions: ['multiple sclerosis'] });
    await world.subscribe('bob@example.net', { trials: [old.id] });
    await world.pollCtis('2026-11-02T12:00:00Z');
    expect((await world.versions(base.id)).length).toBe(1);
    expect(await world.changes()).toEqual([]);
    world.portal.setTrials([base, old, makeCtisTrial({ id: idOf(4) })]);
    await world.pollCtis('2026-11-03T12:00:00Z');
    expect((await world.changes()).map(({ trial, kind }) => [trial, kind])).toEqual([
      [idOf(4), 'registered'],
    ]);
  });

  it('X4: a resubmission goes on under its new number, and is found by every number of the trial', async () => {
    const first = makeCtisTrial({ eudraCt: '2019-001588-63' });
    const world = await openWorld([first]);
    await world.subscribe('ann@example.net', { trials: [first.id] });
    await world.subscribe('bob@example.net', { trials: ['2024 510001 10'] });
    await world.pollCtis('2026-11-02T12:00:00Z');
    const again = { ...openItaly(first), id: '2024-510001-10-01' };
    world.portal.setTrials([again]);
    await world.pollCtis('2026-11-03T12:00:00Z');
    expect((await world.changes()).map(({ trial, kind }) => [trial, kind])).toEqual([
      [again.id, 'country-status'],
    ]);
    for (const number of [again.id, '2024-510001-10', '2019-001588-63'])
      expect(await world.ctis.trial(number)).toMatchObject({ ok: true, trial: { id: again.id } });
    expect(await world.ctis.trial('2024-510999-10-00')).toBeNull();
    world.setNow('2026-11-04T12:00:00Z');
    await world.round();
    for (const person of ['ann', 'bob'])
      expect((await world.mails(`${person}@example.net`))[0]?.text).toMatch(/Italy: .* → ● recruiting/);
  });

  it('X4: a resubmission that is listed beside the earlier one takes over its followers', async () => {
    const first = makeCtisTrial();
    const world = await openWorld([first]);
    await world.subscribe('ann@example.net', { trials: [first.id] });
    await world.pollCtis('2026-11-02T12:00:00Z');
    const again = { ...openItaly(first), id: '2024-510001-10-01' };
    world.portal.setTrials([first, again]);
    expect(await world.pollCtis('2026-11-03T12:00:00Z')).toMatchObject({ outcome: 'completed' });
    // The earlier record goes on to be served and edited: it is a copy, and no trial of its own.
    world.portal.setTrials([{ ...first, publishedOn: '2026-11-04', title: 'Withdrawn' }, again]);
    expect(await world.pollCtis('2026-11-04T12:00:00Z')).toMatchObject({ outcome: 'completed' });
    expect((await world.changes()).map(({ trial, kind }) => [trial, kind])).toEqual([
      [again.id, 'country-status'],
    ]);
    await world.round();
    expect((await world.mails('ann@example.net'))[0]?.text).toMatch(/Italy: .* → ● recruiting/);
  });

  it('X10: no person, e-mail address or phone of a record is in the database', async () => {
    const world = await openWorld([base]);
    await world.subscribe('ann@example.net', { trials: [base.id] });
    await world.pollCtis('2026-11-02T12:00:00Z');
    const { rows } = { rows: await world.dump() };
    expect(rows.filter((row) => /Vzor|\+00 555|@example\.org/.test(row))).toEqual([]);
    expect((await world.versions(base.id))[0]?.title).toBe(base.title);
  });
});
