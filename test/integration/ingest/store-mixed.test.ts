import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pollRegistry } from '../../../src/jobs/ingest/poll.ts';
import type { Registry, RegistryPage, RegistryRecord } from '../../../src/registries/registry.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { only } from '../../support/registry-faults.ts';
import { type StudyParts, study } from '../../support/study.ts';
import { openWorld } from '../../support/world.ts';

const meshes = [{ id: 'D001249', term: 'Asthma' }];
const asthma = (at: number, parts: StudyParts) =>
  study(`NCT0990000${at}`, { conditions: ['Asthma'], meshes, ...parts });
const known = [1, 2, 3, 4, 5, 6];
const added = [7, 8];
const before = known.map((at) => asthma(at, {}));
const after = [
  ...known.map((at) => asthma(at, { status: 'SUSPENDED', updatedOn: day(3) })),
  ...added.map((at) => asthma(at, { updatedOn: day(3), firstPostedOn: day(3) })),
];

/** What a registry does to its list: records of yesterday's copy, records left out, records twice, any order. */
const disorder = fc.record({
  stale: fc.subarray(known),
  dropped: fc.subarray([...known, ...added], { maxLength: 3 }),
  repeated: fc.subarray([...known, ...added], { maxLength: 3 }),
  order: fc.shuffledSubarray([...known, ...added], { minLength: known.length + added.length }),
});
type Disorder = typeof disorder extends fc.Arbitrary<infer T> ? T : never;

function disorderly(
  registry: Registry,
  how: Disorder,
  change: (record: RegistryRecord) => RegistryRecord,
): Registry {
  return {
    ...registry,
    async *pages(query, from): AsyncGenerator<RegistryPage> {
      if (query.kind !== 'updated-since') {
        yield* registry.pages(query, from);
        return;
      }
      const records = new Map<number, RegistryRecord>();
      for await (const page of registry.pages(query)) {
        for (const one of page.records) if (one.ok) records.set(Number(one.trial.id.slice(-1)), one);
      }
      const listed = how.order
        .filter((at) => !how.dropped.includes(at))
        .flatMap((at) => (how.repeated.includes(at) ? [at, at] : [at]))
        .flatMap((at, n) => {
          const stale = how.stale.includes(at) && n % 2 === 0;
          return (stale ? registry.readRecord(before[at - 1], registry.fields) : records.get(at)) ?? [];
        });
      const total = records.size;
      for (let n = 0; n < listed.length || n === 0; n += 3) {
        yield { records: listed.slice(n, n + 3).map(change), total: n === 0 ? total : null, nextToken: null };
      }
    },
  };
}

/** Three disorderly days, then a whole one: every change and every arrival is told once, nothing else ever. */
function property(change: (record: RegistryRecord) => RegistryRecord) {
  return fc.asyncProperty(fc.array(disorder, { minLength: 3, maxLength: 3 }), async (days) => {
    const world = await openWorld(onDayTwo(before));
    try {
      await world.subscribe('ann@example.net', { conditions: ['asthma'] });
      for (const [at, how] of days.entries()) {
        turnTo(world, 3 + at, after);
        const registry = disorderly(world.registry, how, change);
        await pollRegistry(world.another(only(registry)), registry);
      }
      turnTo(world, 6, after);
      expect((await world.poll()).outcome).toBe('completed');
      const changes = await world.changes();
      expect(
        changes.map(({ trial, kind }) => `${trial} ${kind}`.replace('entered', 'registered')).sort(),
      ).toEqual([
        ...known.map((at) => `NCT0990000${at} status`),
        ...added.map((at) => `NCT0990000${at} registered`),
      ]);
      expect(changes.every(({ state }) => state === 'released')).toBe(true);
      for (const at of known) {
        const versions = await world.versions(`NCT0990000${at}`);
        expect(versions.map(({ status }) => status)).toEqual(['RECRUITING', 'SUSPENDED']);
      }
    } finally {
      await world.close();
    }
  });
}

it('C10, C13: pages of two datasets, shuffled, dropped and repeated for days end in the same state, each change told once', async () => {
  await fc.assert(
    property((record) => record),
    { numRuns: 15 },
  );
});

it('C10: the same fails where an older record is taken for news', async () => {
  const undated = (record: RegistryRecord): RegistryRecord =>
    record.ok ? { ...record, trial: { ...record.trial, lastUpdatePostedOn: null } } : record;
  const { failed } = await fc.check(property(undated), { numRuns: 15, endOnFailure: true });
  expect(failed).toBe(true);
});
