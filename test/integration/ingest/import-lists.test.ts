import { describe, expect, it } from 'vitest';
import { listQuarantine } from '../../../src/db/ingest/quarantine.ts';
import { importTrials } from '../../../src/jobs/ingest/import.ts';
import { makeCtisTrial } from '../../support/ctis.ts';
import { useCtisWorlds } from '../../support/ctis-world.ts';
import { useIsrctnWorlds } from '../../support/isrctn-world.ts';

const openCtis = useCtisWorlds();
const openIsrctn = useIsrctnWorlds();

const idOf = (number: number) => `2024-51${String(number).padStart(4, '0')}-10-00`;
const trials = Array.from({ length: 120 }, (_, at) =>
  makeCtisTrial({ id: idOf(100 + at), condition: at < 3 ? 'Gout' : 'Asthma', decidedOn: '2026-09-01' }),
);

describe('import from the EU register', () => {
  it('X4, C13: stores the whole list or what its search finds, and mails nobody', async () => {
    const world = await openCtis(trials);
    await world.subscribe('ann@example.net', { conditions: ['asthma', 'gout'], frequency: 'daily' });
    const found = await importTrials(world.context, world.ctis, { kind: 'condition', words: 'gout' });
    expect(found).toMatchObject({ outcome: 'completed', figures: { seen: 3, new: 3 } });
    const whole = await importTrials(world.context, world.ctis, { kind: 'all' });
    expect(whole).toMatchObject({ outcome: 'completed', figures: { seen: 120, new: 117, changes: 0 } });
    await world.round();
    expect(await world.mails()).toEqual([]);
  });

  it('X4: a list that is cut short is partial, and the next import reads what was missing', async () => {
    const world = await openCtis(trials);
    world.portal.setFault({ kind: 'cut-short', fromPage: 2 });
    const cut = await importTrials(world.context, world.ctis, { kind: 'all' });
    expect(cut).toMatchObject({ outcome: 'partial', figures: { seen: 100, new: 100 } });
    expect(cut.reason).toMatch(/internal error \(503\)/);
    world.portal.setFault(null);
    expect(await importTrials(world.context, world.ctis, { kind: 'all' })).toMatchObject({
      outcome: 'completed',
      figures: { seen: 120, new: 20 },
    });
  });

  it('X4: interrupted, continues where it stopped for a week, and later starts again', async () => {
    for (const [day, read] of [
      ['08', 60],
      ['10', 120],
    ] as const) {
      const world = await openCtis(trials);
      world.setNow('2026-11-02T23:00:00Z');
      world.portal.setFault({ kind: 'other-record', ids: trials.slice(60).map(({ id }) => id) });
      const cut = await importTrials(world.context, world.ctis, { kind: 'all' });
      expect(cut).toMatchObject({ outcome: 'partial', figures: { seen: 60, new: 60 } });
      world.portal.setFault(null);
      world.portal.requests.length = 0;
      world.setNow(`2026-11-${day}T01:00:00Z`);
      const again = await importTrials(world.context, world.ctis, { kind: 'all' });
      expect(again).toMatchObject({ outcome: 'completed', figures: { seen: 120 } });
      expect(world.portal.requests.filter((one) => one.startsWith('retrieve'))).toHaveLength(read);
    }
  });

  it('C9: a record that cannot be read is set aside; more than five of a page are the portal’s fault', async () => {
    const world = await openCtis(trials);
    world.portal.setFault({ kind: 'other-record', ids: [idOf(103), idOf(130)] });
    expect(await importTrials(world.context, world.ctis, { kind: 'all' })).toMatchObject({
      outcome: 'completed',
      figures: { seen: 120, new: 118, quarantined: 2 },
    });
    expect((await listQuarantine(world.context.db)).map(({ registryId }) => registryId).sort()).toEqual([
      idOf(103),
      idOf(130),
    ]);
    world.portal.setFault({ kind: 'web-page', on: 'record' });
    expect(await importTrials(world.context, world.ctis, { kind: 'all' })).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/web page/),
    });
  });
});

describe('import from ISRCTN', () => {
  it('X2, C13: stores every record or what its search finds, and mails nobody', async () => {
    const world = await openIsrctn(
      Array.from({ length: 130 }, (_, at) => ({
        digits: String(90_000_001 + at),
        edited: Temporal.Instant.from('2026-11-02T09:00:00Z')
          .subtract({ minutes: 15 * at })
          .toString(),
        conditions: [at < 3 ? 'Gout' : 'Asthma'],
      })),
    );
    await world.subscribe('ann@example.net', { conditions: ['gout', 'asthma'], frequency: 'daily' });
    const registry = world.context.registries.get('isrctn');
    if (!registry) throw new Error('no ISRCTN');
    const found = await importTrials(world.context, registry, { kind: 'condition', words: 'gout' });
    expect(found).toMatchObject({ outcome: 'completed', figures: { seen: 3, new: 3 } });
    const whole = await importTrials(world.context, registry, { kind: 'all' });
    expect(whole).toMatchObject({ outcome: 'completed', figures: { seen: 130, new: 127, changes: 0 } });
    await world.round();
    expect(await world.mails()).toEqual([]);
  });
});
