import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { subscribe } from '../../../src/jobs/subscribers/subscribe.ts';
import { openSite, type Site } from '../../support/site.ts';
import { study } from '../../support/study.ts';
import { useWorlds } from '../../support/world.ts';

const id = 'NCT09900001';
const ann = 'ann@example.net';
const days = [
  { timestamp: '2026-11-02T09:00:04', studies: [study(id)] },
  {
    timestamp: '2026-11-03T09:00:04',
    studies: [study(id, { status: 'SUSPENDED', updatedOn: '2026-11-03' })],
  },
];
const wish = {
  email: ann,
  trials: [id],
  conditions: [],
  frequency: 'immediate' as const,
  hour: null,
  timezone: 'UTC',
  facets: null,
  consent: 'in the test',
};

describe('D12: from the release to the mail', () => {
  const open = useWorlds();
  let site: Site | null = null;
  afterEach(async () => {
    await site?.close();
    site = null;
  });

  it('D12: the round of `once` that reads a change mails it, with the clock standing still', async () => {
    const world = await open({ days: days.slice(0, 1) });
    await subscribe(world.context, wish);
    world.refresh('2026-11-03T09:00:04', days[1]?.studies ?? []);
    world.setNow('2026-11-03T12:00:00Z');
    expect((await world.round()).result.digests).toMatchObject({ planned: 1, sent: 1 });
    expect(await world.mails(ann)).toHaveLength(1);
  });

  it('D12: at night it waits for 08:00, and the first round from then on mails it', async () => {
    const world = await open({ days: days.slice(0, 1) });
    await subscribe(world.context, wish);
    world.refresh('2026-11-03T09:00:04', days[1]?.studies ?? []);
    for (const now of ['2026-11-03T21:00:00Z', '2026-11-04T07:59:59Z']) {
      world.setNow(now);
      await world.round();
    }
    expect(await world.mails(ann)).toEqual([]);
    world.setNow('2026-11-04T08:00:00Z');
    await world.round();
    expect(await world.mails(ann)).toHaveLength(1);
  });

  it('D12: the workers hand it on, poll to plan to send, without any tick and with the clock standing still', async () => {
    const opened = await openSite({ days, now: '2026-11-02T12:00:00.000Z' });
    site = opened;
    const { context } = opened.app;
    const isRead = async () =>
      (await sql`select from runs where outcome is null`.execute(context.db)).rows.length === 0;
    await expect.poll(isRead).toBe(true);
    await subscribe({ ...context, patienceMs: 30_000 }, wish);
    // From here on the clock enqueues nothing.
    await sql`insert into leases (name, holder, fence, expires_at)
      select 'tick:' || tick, 'the test', 1, clock_timestamp() + interval '1 hour'
      from unnest(array['poll', 'plan', 'sweep', 'requests']) as tick
      on conflict (name) do update set holder = excluded.holder, fence = leases.fence + 1, expires_at = excluded.expires_at`.execute(
      context.db,
    );
    opened.setDay(1);
    opened.setNow('2026-11-03T12:00:00.000Z');
    await context.enqueue('poll', { registry: 'ctgov' });
    const readSent = async () => {
      const { rows } = await sql<{ released: string; planned: string; sent: string }>`
        select c.released_at as released, d.planned_at as planned, d.finished_at as sent
        from changes c cross join deliveries d where d.kind = 'digest' and d.phase = 'sent'`.execute(
        context.db,
      );
      return rows;
    };
    // The mail server has the mail before the ledger says so.
    await expect.poll(readSent).toEqual([
      {
        released: '2026-11-03T12:00:00.000Z',
        planned: '2026-11-03T12:00:00.000Z',
        sent: '2026-11-03T12:00:00.000Z',
      },
    ]);
    expect(await opened.mailsTo(ann)).toHaveLength(1);
  });
});
