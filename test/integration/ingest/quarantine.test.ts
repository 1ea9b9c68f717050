import { describe, expect, it } from 'vitest';
import { unpackJson } from '../../../src/db/ingest/raw.ts';
import type { RegistryFault } from '../../../src/demo/recorded-registry.ts';
import type { LooseStudy } from '../../support/ctgov-study.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const id = 'NCT09900001';
const other = 'NCT09900002';

const setAside = (world: World) =>
  world.context.db.selectFrom('quarantine').selectAll().orderBy('id').execute();

async function openWithTwo(): Promise<World> {
  const world = await open(onDayTwo([study(id), study(other)]));
  await world.subscribe('ann@example.net', { trials: [id, other] });
  return world;
}

describe('records that cannot be trusted', () => {
  const spoilt: Record<string, [string, (raw: LooseStudy) => void]> = {
    'C9: an unknown status code': [
      'Status module, overall status',
      (raw) => {
        raw.protocolSection.statusModule.overallStatus = 'MOSTLY_RECRUITING';
      },
    ],
    'C9: a wrong type': [
      'Status module, start date',
      (raw) => {
        raw.protocolSection.statusModule.startDateStruct = 'soon';
      },
    ],
    'C8, L12: a record without its design': [
      'The record is thin: it has no design module.',
      (raw) => {
        delete raw.protocolSection.designModule;
      },
    ],
    'C8, L12: a record without its status': [
      'The record is thin: it has no status module.',
      (raw) => {
        raw.protocolSection.statusModule = { lastUpdatePostDateStruct: { date: day(3) } };
      },
    ],
  };
  for (const [name, [reason, spoil]] of Object.entries(spoilt)) {
    it(`${name} is quarantined with its raw text and reason, the others go on, nothing of it is stored; once recovered, only what changed is told`, async () => {
      const world = await openWithTwo();
      const bad = study(id, { updatedOn: day(3), enrollment: 300 });
      spoil(bad);
      turnTo(world, 3, [bad, study(other, { updatedOn: day(3), enrollment: 300 })]);
      const polled = await world.poll();
      expect(polled).toMatchObject({
        outcome: 'completed',
        figures: { seen: 2, quarantined: 1, changed: 1 },
      });
      expect((await world.changes()).map(({ trial }) => trial)).toEqual([other]);
      expect(await world.versions(id)).toHaveLength(1);
      const [row] = await setAside(world);
      expect(row).toMatchObject({ registry_id: id, times: 1, recovered_at: null });
      expect(row?.reason).toContain(reason);
      expect(row && unpackJson(row.raw)).toMatchObject({
        protocolSection: { identificationModule: { nctId: id } },
      });
      // Long after its update left the window, it is still asked for.
      turnTo(world, 12, [bad, study(other, { updatedOn: day(12), enrollment: 300 })]);
      await world.poll();
      turnTo(world, 20, [bad, study(other, { updatedOn: day(20), enrollment: 300 })]);
      expect((await world.poll()).figures).toMatchObject({ seen: 2, quarantined: 1 });
      expect((await setAside(world)).map(({ times }) => times)).toEqual([3]);
      turnTo(world, 21, [study(id, { updatedOn: day(3), enrollment: 300 })]);
      await world.poll();
      expect((await setAside(world))[0]?.recovered_at).toBe('2026-11-21T12:00:00.000Z');
      expect((await world.changes(id)).map(({ kind }) => kind)).toEqual(['enrollment']);
    });
  }

  it('C8: records without an id are quarantined, and the run still completes', async () => {
    const world = await openWithTwo();
    const nameless = () => {
      const raw = study(id, { updatedOn: day(3) });
      delete raw.protocolSection.identificationModule;
      return raw;
    };
    turnTo(world, 3, [nameless(), nameless(), study(other, { updatedOn: day(3), enrollment: 300 })]);
    const polled = await world.poll();
    expect(polled).toMatchObject({ outcome: 'completed', reason: null, figures: { changed: 1 } });
    expect((await setAside(world)).map((row) => row.reason)).toEqual([
      expect.stringContaining('dentification'),
    ]);
    expect((await world.poll()).outcome).toBe('unchanged');
  });

  it('C9: a record that recovers and fails again is quarantined again', async () => {
    const world = await openWithTwo();
    for (const n of [3, 4, 5, 6]) {
      const one = study(id, { updatedOn: day(n) });
      if (n % 2 === 1) delete one.protocolSection.designModule;
      turnTo(world, n, [one, study(other)]);
      await world.poll();
    }
    const rows = await setAside(world);
    expect(rows.map((row) => row.recovered_at?.slice(0, 10))).toEqual([day(4), day(6)]);
    expect(await world.changes()).toEqual([]);
  });
});

describe('a registry that answers wrongly: nothing half written, the reason in words', () => {
  const faults: Record<string, [RegistryFault, RegExp]> = {
    'a web page': [{ kind: 'html' }, /a web page, perhaps of a proxy/],
    'cut-off JSON': [{ kind: 'truncated' }, /broken or cut-off JSON/],
    'status 403': [{ kind: 'status', status: 403 }, /refuses this client \(403\)/],
    'status 429': [{ kind: 'status', status: 429, retryAfter: '30' }, /asks for fewer requests \(429\)/],
    'status 500': [{ kind: 'status', status: 500 }, /has an internal error \(500\)/],
  };
  for (const [name, [fault, reason]] of Object.entries(faults)) {
    for (const on of ['version', 'list'] as const) {
      it(`${name} for ${on}: the run has failed and says why, and the next one is whole`, async () => {
        const world = await openWithTwo();
        turnTo(world, 3, [study(id, { updatedOn: day(3), enrollment: 300 }), study(other)]);
        const stored = (await world.dump()).filter(
          (line) => !/^(runs|leases|registries|settings)\./.test(line),
        );
        world.recorded.setFault({ ...fault, on });
        const polled = await world.poll();
        expect(polled).toMatchObject({ outcome: 'failed', figures: { seen: 0 } });
        expect(polled.reason).toMatch(reason);
        expect(polled.reason).toContain('ClinicalTrials.gov');
        expect((await world.runs()).at(-1)).toMatchObject({
          kind: 'poll',
          outcome: 'failed',
          reason: polled.reason,
        });
        expect(
          (await world.dump()).filter((line) => !/^(runs|leases|registries|settings)\./.test(line)),
        ).toEqual(stored);
        world.recorded.setFault(null);
        expect(await world.poll()).toMatchObject({ outcome: 'completed', figures: { changes: 1 } });
      });
    }
  }

  it('L13: a page of 429, then the normal page, is one change', async () => {
    const world = await openWithTwo();
    turnTo(world, 3, [study(id, { updatedOn: day(3), enrollment: 300 }), study(other)]);
    world.recorded.setFault({ kind: 'status', status: 429, on: 'list', times: 2 });
    expect(await world.poll()).toMatchObject({ outcome: 'completed', figures: { changes: 1 } });
    expect(await world.changes()).toHaveLength(1);
    expect(await setAside(world)).toEqual([]);
  });

  it('a list of nothing where nothing else is known is a run like any other', async () => {
    const world = await open(onDayTwo([]));
    await world.poll();
    turnTo(world, 3, []);
    expect(await world.poll()).toMatchObject({ outcome: 'completed', figures: { seen: 0 } });
  });
});
