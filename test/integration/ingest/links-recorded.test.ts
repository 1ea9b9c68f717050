import { describe, expect, it } from 'vitest';
import type { Trial } from '../../../src/core/trial.ts';
import { listOtherRecords } from '../../../src/db/catalog/trial-links.ts';
import { findTrialPage } from '../../../src/db/catalog/trial-pages.ts';
import { hasCtis, readCtis, readCtisFile } from '../../support/ctis.ts';
import { onDayTwo, turnTo } from '../../support/days.ts';
import { hasMoreRecords, readMoreRecords, registryRead } from '../../support/recorded-trials.ts';
import { storeElsewhere } from '../../support/second-registry.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();

async function linksOf({ context: { db } }: World, registry: string, id: string) {
  const stored = await findTrialPage(db, registry, id);
  if (!stored) throw new Error(`${id} is not stored`);
  return (await listOtherRecords(db, stored)).filter(({ isStored }) => isStored);
}

/** No two of the recorded records are one trial in two registries: the numbers of one are changed, as each test says. */
describe.skipIf(!hasMoreRecords || !hasCtis)('recorded records of two registries', () => {
  const records = new Map(
    (hasMoreRecords ? readMoreRecords() : []).map((raw) => {
      const { protocolSection } = raw as { protocolSection: { identificationModule: { nctId: string } } };
      return [protocolSection.identificationModule.nctId, raw];
    }),
  );

  it('X8: which name each other are one trial, and neither is merged', async () => {
    // A trial of the same sponsor names this EU number. The EU's record of another trial gets both numbers.
    const [nct, eu] = ['NCT06256588', '2023-508613-17-00'];
    const world = await open(onDayTwo([records.get(nct)]));
    await world.subscribe('ann@example.net', { trials: [nct] });
    const recorded = JSON.stringify(readCtisFile('records/2024-510663-34-00.json'));
    const renumbered = recorded.replaceAll('2024-510663-34-00', eu).replaceAll('NCT04494412', nct);
    await storeElsewhere(world, readCtis(JSON.parse(renumbered)));
    expect(await linksOf(world, 'ctgov', nct)).toMatchObject([
      {
        registry: 'ctis',
        id: eu,
        same: true,
        rule: 'mutual',
        evidence: { numbers: ['2023-508613-17', nct] },
      },
    ]);
    expect(await linksOf(world, 'ctis', eu)).toMatchObject([{ registry: 'ctgov', id: nct, same: true }]);
    expect((await world.versions(nct)).at(-1)?.sponsor?.name).toBe('GlaxoSmithKline');
    // As recorded it names another trial, and this one's number in it would be a mistake.
    const mistaken = recorded.replaceAll('2024-510663-34-00', eu);
    await storeElsewhere(world, readCtis(JSON.parse(mistaken)));
    expect(await linksOf(world, 'ctgov', nct)).toMatchObject([
      { id: eu, same: false, evidence: { contradictions: expect.arrayContaining(['other-number']) } },
    ]);
  });

  it('X8: of which two name one master protocol’s number are related to it, and neither is the same trial', async () => {
    const [one, other, eu] = ['NCT06972459', 'NCT06972472', '2025-521098-14-00'];
    const [first, second] = [records.get(one), records.get(other)];
    // The EU's record is not recorded: it says what the first of its two trials says, under the protocol's number.
    const protocol: Trial = {
      ...registryRead(first),
      registry: 'ctis',
      id: eu,
      secondaryIds: [{ id: 'J2A-MC-GZPO', type: null }],
    };
    const world = await open(onDayTwo([first]));
    await world.subscribe('ann@example.net', { trials: [one] });
    await storeElsewhere(world, protocol);
    expect(await linksOf(world, 'ctis', eu)).toMatchObject([{ id: one, same: true, rule: 'named' }]);
    turnTo(world, 3, [first, second]);
    await world.subscribe('bob@example.net', { trials: [other] });
    expect(await linksOf(world, 'ctis', eu)).toMatchObject([
      { id: one, same: false, evidence: { umbrella: true } },
      { id: other, same: false, evidence: { umbrella: true } },
    ]);
  });
});
