import { describe, expect, it } from 'vitest';
import { serveApi } from '../../support/api-world.ts';
import { type IsrctnWorld, useIsrctnWorlds } from '../../support/isrctn-world.ts';
import type { IsrctnFields } from '../../support/isrctn-xml.ts';

const open = useIsrctnWorlds();
const id = 'ISRCTN90000001';
const first: IsrctnFields = { edited: '2026-03-14T09:00:00Z', end: '2026-11-19' };
const other: IsrctnFields = { digits: '90000002', edited: '2020-01-01T09:00:00Z', end: '2030-01-01' };

/** The mails that a round at an instant sends to one person. */
async function roundAt(world: IsrctnWorld, instant: string, to = 'ann@example.net') {
  world.setNow(instant);
  const before = (await world.mails(to)).length;
  const { ok, reasons } = await world.round();
  expect({ ok, reasons }).toEqual({ ok: true, reasons: [] });
  return (await world.mails(to)).slice(before).map(({ text = '' }) => text);
}

const edit = (world: IsrctnWorld, changes: IsrctnFields) =>
  world.isrctn.setRecords([{ ...first, ...changes }, other]);

describe('X3: a status that its dates change', () => {
  it('X3, X10: is told once on the day after, as following from the dates, with the last edit', async () => {
    const world = await open([first, other]);
    await world.subscribe('ann@example.net', { trials: [id], frequency: 'immediate' });
    await roundAt(world, '2026-11-02T12:00:00Z');
    expect(await roundAt(world, '2026-11-19T23:00:00Z')).toEqual([]);
    const [mail, ...more] = await roundAt(world, '2026-11-20T12:00:00Z');
    expect(more).toEqual([]);
    expect(mail?.replace(/\s+/g, ' ')).toContain(
      'By its dates, recruitment ended on November 19, 2026. The record was last edited in March 2026. Before: recruiting.',
    );
    expect((await world.versions(id)).at(-1)).toMatchObject({ status: 'ACTIVE_NOT_RECRUITING' });
    expect(await world.runs()).toContainEqual(
      expect.objectContaining({ kind: 'calendar', outcome: 'completed', changed: 1 }),
    );
    expect(await roundAt(world, '2026-11-21T12:00:00Z')).toEqual([]);
    // An edit that confirms it is no news.
    edit(world, { edited: '2026-11-22T08:00:00Z' });
    expect(await roundAt(world, '2026-11-22T12:00:00Z')).toEqual([]);
    expect(await world.changes(id)).toMatchObject([{ kind: 'status', state: 'released' }]);
    // The API's document knows such changes, and nothing that is stored reaches a person of the record.
    const api = await serveApi(world);
    expect((await api.get('/api/v1/changes')).status).toBe(200);
    await api.close();
    expect((await world.dump()).join('\n')).not.toMatch(/Dr A Person|person@example|ethics@example|7946 0/);
    const [completed] = await roundAt(world, '2027-07-01T12:00:00Z');
    expect(completed?.replace(/\s+/g, ' ')).toContain('By its dates, the trial ended on June 30, 2027.');
    // A completion that a moved date takes back is told by that date, or to who gets no dates.
    await world.subscribe('bob@example.net', { trials: [id], frequency: 'immediate', facets: ['status'] });
    edit(world, { edited: '2027-07-05T08:00:00Z', finish: '2027-12-31' });
    const [moved] = await roundAt(world, '2027-07-05T12:00:00Z');
    expect(moved?.replace(/\s+/g, ' ')).toContain('December 31, 2027');
    expect(moved).not.toContain('By its dates');
    expect((await world.mails('bob@example.net')).at(-1)?.text?.replace(/\s+/g, ' ')).toContain(
      'By its dates, the trial goes on until December 31, 2027. The record was last edited in July 2027. Before: completed.',
    );
  });

  it('X3: an edit within 14 days that moves the date takes it back: by the date alone, or to who gets no dates', async () => {
    const world = await open([first, other]);
    await world.subscribe('ann@example.net', { trials: [id], frequency: 'immediate' });
    await world.subscribe('bob@example.net', { trials: [id], frequency: 'immediate', facets: ['status'] });
    await world.subscribe('eve@example.net', { trials: [id], frequency: 'weekly', facets: ['status'] });
    await roundAt(world, '2026-11-19T12:00:00Z');
    expect(await roundAt(world, '2026-11-20T12:00:00Z')).toHaveLength(1);
    edit(world, { edited: '2026-12-04T08:00:00Z', end: '2027-03-31' });
    const [mail] = await roundAt(world, '2026-12-04T12:00:00Z');
    expect(mail).toContain('End of recruitment: November 19, 2026 → March 31, 2027');
    expect(mail).not.toContain('By its dates');
    const bobs = await world.mails('bob@example.net');
    expect(bobs.at(-1)?.text?.replace(/\s+/g, ' ')).toContain(
      'By its dates, recruitment goes on until March 31, 2027. The record was last edited in December 2026.',
    );
    // Nothing happened for a reader who hears of both at once.
    expect(await roundAt(world, '2026-12-08T12:00:00Z', 'eve@example.net')).toEqual([]);
    expect((await world.versions(id)).at(-1)).toMatchObject({ status: 'RECRUITING' });
  });

  it('X3: an edit that came first is not contradicted, and a registry that is away is waited for', async () => {
    const world = await open([first, other]);
    await world.subscribe('ann@example.net', { trials: [id], frequency: 'immediate' });
    await roundAt(world, '2026-11-02T12:00:00Z');
    edit(world, { edited: '2026-11-19T22:00:00Z', end: '2027-03-31' });
    world.isrctn.setFault('error-page');
    world.setNow('2026-11-20T01:00:00Z');
    expect((await world.round()).result.registries.isrctn?.outcome).toBe('failed');
    world.isrctn.setFault(null);
    const mails = await roundAt(world, '2026-11-20T12:00:00Z');
    expect(mails.join()).toContain('End of recruitment: ');
    expect(mails.join()).not.toContain('By its dates');
  });
});
