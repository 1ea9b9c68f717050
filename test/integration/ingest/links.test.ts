import { describe, expect, it } from 'vitest';
import { listingsOf } from '../../../src/core/links/listings.ts';
import type { Trial } from '../../../src/core/trial.ts';
import { listLinks } from '../../../src/db/catalog/trial-links.ts';
import { findTrialPage } from '../../../src/db/catalog/trial-pages.ts';
import { findTrials } from '../../../src/use-cases/subscriptions/find-trials.ts';
import { readInput } from '../../../src/use-cases/subscriptions/read-input.ts';
import { onDayTwo, turnTo } from '../../support/days.ts';
import { storeElsewhere, trialElsewhere } from '../../support/second-registry.ts';
import { type StudyParts, study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const [nct, eu, isrctn] = ['NCT09900001', '2024-512345-67-01', 'ISRCTN76463425'];
const title = 'Inhaled budesonide against placebo in mild asthma';
const numbers = (...ids: string[]): Pick<Trial, 'secondaryIds'> => ({
  secondaryIds: ids.map((id) => ({ id, type: null })),
});
const elsewhere = (registry: string, id: string, over: Partial<Trial> = {}) =>
  trialElsewhere(study(nct, { title }), registry, id, over);

async function openWith(parts: StudyParts, more: unknown[] = []): Promise<World> {
  const world = await open(onDayTwo([study(nct, { title, ...parts }), ...more]));
  await world.subscribe('ann@example.net', { trials: [nct] });
  return world;
}

async function linksOf({ context: { db } }: World, registry: string, id: string) {
  const stored = await findTrialPage(db, registry, id);
  if (!stored) throw new Error(`${id} is not stored`);
  return listingsOf(stored.trial, await listLinks(db, stored.trialId), new Set()).map(
    ({ evidence: { numbers: _, ...evidence }, ...one }) => ({ ...one, ...evidence }),
  );
}

describe('records of one trial in several registries', () => {
  it('X8: are linked when the second is stored, whichever comes first, and are never merged', async () => {
    const world = await openWith({ numbers: ['2024-512345-67'] });
    expect(await linksOf(world, 'ctgov', nct)).toMatchObject([
      { registry: 'ctis', id: '2024-512345-67', rule: 'named', isStored: false },
    ]);
    await storeElsewhere(world, elsewhere('ctis', eu, { ...numbers(nct), status: 'COMPLETED' }));
    expect(await linksOf(world, 'ctgov', nct)).toMatchObject([
      { registry: 'ctis', id: eu, same: true, rule: 'mutual', isStored: true },
    ]);
    expect(await linksOf(world, 'ctis', eu)).toMatchObject([{ registry: 'ctgov', id: nct, rule: 'mutual' }]);
    await storeElsewhere(world, elsewhere('isrctn', isrctn, numbers('CTIS2024-512345-67-01')));
    expect((await linksOf(world, 'isrctn', isrctn)).map(({ id, rule }) => `${id} ${rule}`)).toEqual([
      `${nct} shared-number`,
      `${eu} named`,
    ]);
    expect((await world.versions(nct)).at(-1)?.status).toBe('RECRUITING');
    expect(await world.changes()).toEqual([]);
  });

  it('X8: a link that a record no longer gives is broken, without news, and comes back with its first day', async () => {
    const world = await openWith({ numbers: ['2024-512345-67'] });
    await storeElsewhere(world, elsewhere('ctis', eu));
    expect(await linksOf(world, 'ctgov', nct)).toMatchObject([
      { id: eu, same: true, agreements: ['sponsor-and-start', 'title'] },
    ]);
    const turn = async (day: number, parts: StudyParts) => {
      turnTo(world, day, [study(nct, { title, updatedOn: `2026-11-0${day}`, ...parts })]);
      await world.poll();
      return linksOf(world, 'ctgov', nct);
    };
    expect(await turn(3, { numbers: [] })).toEqual([]);
    expect(await turn(4, { numbers: ['2024-512345-67'] })).toMatchObject([{ id: eu, same: true }]);
    const [row] = await world.context.db.selectFrom('trial_links').selectAll().execute();
    expect(row?.broken_at).toBeNull();
    expect(row?.first_seen_at).toContain('2026-11-02');
    expect((await world.changes()).filter(({ facet }) => facet !== 'identifiers')).toEqual([]);
  });

  it('X8: from the second record of a registry on, a number is an umbrella, and its links fall back', async () => {
    const second = 'NCT09900002';
    const world = await openWith({ numbers: ['2024-512345-67'] });
    await storeElsewhere(world, elsewhere('ctis', eu));
    const named = (id: string) => study(id, { title, numbers: ['2024-512345-67'] });
    expect((await linksOf(world, 'ctis', eu)).map(({ same }) => same)).toEqual([true]);
    turnTo(world, 3, [named(nct), named(second)]);
    await world.subscribe('bob@example.net', { trials: [second] });
    const umbrella = { same: false, umbrella: true };
    expect(await linksOf(world, 'ctis', eu)).toMatchObject([
      { id: nct, ...umbrella },
      { id: second, ...umbrella },
    ]);
  });

  it('X8: the sponsor’s number links records until a second record of a registry gives it', async () => {
    const second = 'NCT09900002';
    const own = 'TG1101-RMS-SC301';
    const world = await openWith({ numbers: [own] });
    await storeElsewhere(world, elsewhere('isrctn', isrctn, numbers(own)));
    expect(await linksOf(world, 'isrctn', isrctn)).toMatchObject([
      { id: nct, same: true, rule: 'sponsors-number' },
    ]);
    turnTo(world, 3, [study(nct, { title, numbers: [own] }), study(second, { title, numbers: [own] })]);
    await world.subscribe('bob@example.net', { trials: [second] });
    expect(await linksOf(world, 'isrctn', isrctn)).toMatchObject([
      { id: nct, same: false, umbrella: true },
      { id: second, same: false, umbrella: true },
    ]);
  });

  it('X8: two registries whose records are stored at the same moment link them', async () => {
    const world = await openWith({});
    await Promise.all([
      storeElsewhere(world, elsewhere('ctis', eu, numbers(isrctn))),
      storeElsewhere(world, elsewhere('isrctn', isrctn)),
    ]);
    expect(await linksOf(world, 'isrctn', isrctn)).toMatchObject([{ id: eu, same: true, rule: 'named' }]);
  });

  it('X8: stored records are linked again, silently, once the rule is another', async () => {
    const world = await openWith({ numbers: ['2024-512345-67'] });
    await storeElsewhere(world, elsewhere('ctis', eu, numbers(nct)));
    const { db } = world.context;
    await db.deleteFrom('trial_links').execute();
    await db.deleteFrom('settings').where('name', 'like', 'matching%').execute();
    turnTo(world, 3, [study(nct, { title, numbers: ['2024-512345-67'] })]);
    await world.poll();
    expect(await linksOf(world, 'ctgov', nct)).toMatchObject([{ id: eu, rule: 'mutual' }]);
    expect(await world.changes()).toEqual([]);
  });

  it('X9: any of a trial’s numbers finds it; one that several records give asks which', async () => {
    const world = await openWith({ numbers: ['2024-512345-67', 'ABC-123'] });
    const { db } = world.context;
    const typed = async (text: string) => {
      const { trials, refused } = await readInput(db, () => [], text, 'trial');
      return [...trials.map(({ id }) => id), ...refused.map(({ kind }) => kind)];
    };
    expect(await typed('EU CT 2024–512345–67')).toEqual([nct]);
    const aliases = ['2024-512345-67-00', '2019-003842-34'];
    await storeElsewhere(world, elsewhere('ctis', eu, { ...numbers('ABC-123'), aliases }));
    // The register's own record goes before one that only names it.
    for (const text of [
      '2024 512345 67',
      'CTIS2024-512345-67-00',
      'EUCTR2019-003842-34-DE',
      '2019-003842-34',
    ])
      expect([text, await typed(text)]).toEqual([text, [eu]]);
    expect(await typed('abc 123')).toEqual(['several-trials']);
    expect(await typed('2024-512345-68')).toEqual(['other-number']);
    // A number that its own registry does not know, or not yet, is the trial whose record alone gives it.
    const known = await findTrials(db, [{ registry: 'isrctn', id: isrctn }], async () => new Map());
    expect([...known.values()]).toEqual(['unknown']);
    await storeElsewhere(world, elsewhere('ctis', '2024-512399-11-00', numbers(isrctn)));
    const named = await findTrials(db, [{ registry: 'isrctn', id: isrctn }], async () => new Map());
    expect([...named.values()]).toMatchObject([{ registry: 'ctis', id: '2024-512399-11-00' }]);
    expect(await typed('2014-002988-16')).toEqual(['other-number']);
  });
});
