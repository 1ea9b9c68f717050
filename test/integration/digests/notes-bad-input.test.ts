import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { sendDelivery } from '../../../src/jobs/delivery/send.ts';
import { planDigests } from '../../../src/jobs/digests/plan.ts';
import { planNotes } from '../../../src/jobs/digests/plan-notes.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const id = 'NCT09900001';
const ann = 'ann@example.net';

/** A month of silence has gone by, and a note is promised. */
async function openPromised(title = 'Breathing better'): Promise<{ world: World; note: number }> {
  const world = await open({ days: [{ timestamp: '2026-11-02T09:00:04', studies: [study(id, { title })] }] });
  await world.subscribe(ann, { trials: [id] });
  world.context.config.adminEmails.push('admin@example.org');
  world.setNow('2026-12-03T09:00:00Z');
  await planDigests(world.context);
  const [note = -1] = await planNotes(world.context);
  return { world, note };
}

describe('bad input, on the way to a note', () => {
  it('D10: a template that throws sends nothing, is seen by an admin, and the note comes later', async () => {
    const { world } = await openPromised();
    const { context, registry } = world;
    context.registries.set('ctgov', { ...registry, recordUrl: () => JSON.parse('<html>') });
    await world.round();
    expect(await world.mails(ann)).toEqual([]);
    expect((await world.mails('admin@example.org')).map(({ subject }) => subject)).toContain(
      'Trialbell needs a person: an email could not be made',
    );
    context.registries.set('ctgov', registry);
    world.setNow('2026-12-03T09:05:00Z');
    await world.round();
    expect(await world.mails(ann)).toHaveLength(1);
  });

  it('a subscriber whose every subscription vanished gets nothing: no empty note, no empty digest', async () => {
    const { world, note } = await openPromised();
    world.refresh('2026-12-03T09:00:04', [study(id, { status: 'SUSPENDED', updatedOn: '2026-12-03' })]);
    world.setNow('2026-12-04T12:00:00Z');
    await world.poll();
    const [digest = -1] = (await planDigests(world.context)).deliveryIds;
    await sql`delete from subscriptions`.execute(world.context.db);
    expect(await sendDelivery(world.context, note)).toBe('cancelled');
    expect(await sendDelivery(world.context, digest)).toBe('cancelled');
    world.setNow('2027-12-04T12:00:00Z');
    await world.round();
    expect(await world.mails(ann)).toEqual([]);
    const { rows } = await sql<{
      reply: string;
    }>`select reply from deliveries where id in (${note}, ${digest})`.execute(world.context.db);
    expect(rows.map(({ reply }) => reply)).toEqual(Array(2).fill('None of it is wanted anymore'));
  });

  it('a trial with a megabyte of text is named by its beginning', async () => {
    const { world, note } = await openPromised('A very long title. '.repeat(55_000));
    expect(await sendDelivery(world.context, note)).toBe('sent');
    const [mail] = await world.mails(ann);
    expect(mail?.text).toContain('A very long title.');
    expect(mail?.message.length).toBeLessThan(40_000);
  });
});
