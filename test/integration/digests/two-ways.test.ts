import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { FollowGroups } from '../../../src/jobs/digests/follow-groups.ts';
import { study } from '../../support/study.ts';
import { planWay, someDue } from '../../support/two-ways.ts';
import { useWorlds } from '../../support/world.ts';

const openWorld = useWorlds();

/** Four watched trials, of which one is in Germany; nobody follows anything. */
async function openTrials() {
  const halle = 'Klinikum Halle, Halle, Germany @ 51.48158 11.97947';
  const meshes = [{ id: 'D001249', term: 'Asthma' }];
  const studies = [
    study('NCT09900001', { meshes, sites: [halle] }),
    study('NCT09900002', { conditions: ['Chronic cough'] }),
    study('NCT09900003', { meshes, keywords: ['chronic cough'] }),
    study('NCT09900004', { conditions: ['Something else'] }),
  ];
  const world = await openWorld({ days: [{ timestamp: '2026-11-02T09:00:04', studies }] });
  await world.subscribe('ann@example.net', {
    trials: studies.map((one) => one.protocolSection.identificationModule.nctId),
  });
  await world.context.db.deleteFrom('subscribers').execute();
  return world;
}

/** Broken on purpose: each group gets what another one is told. */
function mixUp({ view: { contents } }: FollowGroups): void {
  const all = [...contents];
  for (const [n, [key, one]] of all.entries()) {
    const other = all[(n + 1) % all.length]?.[1] ?? one;
    contents.set(key, { ...one, content: other.content });
  }
}

it('D1, R5: people who are planned as a group get the very digests that each would get alone', async () => {
  const world = await openTrials();
  let [known, combined] = [0, 0];
  const isSame = (meddle: (groups: FollowGroups) => void) =>
    fc.asyncProperty(someDue, async (due) => {
      const alone = await planWay(world, due, null);
      const together = await planWay(world, due, (groups, several) => {
        known += groups.view.contents.size;
        combined += several;
        meddle(groups);
      });
      expect(together).toEqual(alone);
    });
  await fc.assert(
    isSame(() => {}),
    { numRuns: 25 },
  );
  expect(known).toBeGreaterThan(25);
  expect(combined).toBeGreaterThan(5);
  // The run ends with the first case that shows it.
  await expect(fc.assert(isSame(mixUp), { numRuns: 1_000, endOnFailure: true })).rejects.toThrow();
});
