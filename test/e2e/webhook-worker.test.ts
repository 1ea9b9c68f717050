import { sql } from 'kysely';
import { afterEach, expect, it } from 'vitest';
import { addWebhook } from '../../src/db/integrations/webhooks.ts';
import { pollRegistry } from '../../src/jobs/ingest/poll.ts';
import { makeWebhookSecret } from '../../src/jobs/integrations/webhook-signature.ts';
import { subscribe } from '../../src/jobs/subscribers/subscribe.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { openSite, type Site } from '../support/site.ts';
import { study } from '../support/study.ts';

let site: Site | null = null;
let target: Receiver | null = null;
afterEach(async () => {
  await site?.close();
  await target?.close();
});

it('workers deliver released changes to a webhook at once, without further help', async () => {
  const id = 'NCT09900001';
  const days = [
    { timestamp: '2026-11-02T09:00:04', studies: [study(id)] },
    {
      timestamp: '2026-11-03T09:00:04',
      studies: [study(id, { status: 'SUSPENDED', updatedOn: '2026-11-03' })],
    },
  ];
  site = await openSite({ days, now: '2026-11-02T12:00:00.000Z' });
  target = await startReceiver();
  const { context } = site.app;
  const [registry] = context.registries.values();
  if (!registry) throw new Error('no registry');
  // The reading that the workers began with may still be at it.
  await expect.poll(async () => (await pollRegistry(context, registry)) !== null).toBe(true);
  await subscribe(context, {
    email: 'ann@example.net',
    trials: [id],
    conditions: [],
    frequency: null,
    hour: null,
    timezone: null,
    facets: null,
    consent: 'on paper',
  });
  // The workers may have been reading at that moment, and past the new subscriptions: the next reading finds it.
  const isWatched = async () => {
    await pollRegistry(context, registry);
    const row = await context.db.selectFrom('subscriptions').select('watching_since').executeTakeFirst();
    return row?.watching_since;
  };
  await expect.poll(isWatched).toBeTruthy();
  await addWebhook(context.db, context.keys, {
    url: target.url,
    secret: makeWebhookSecret(),
    language: 'en',
    words: [],
    topics: [],
    facets: [],
    privateOk: true,
    now: context.now(),
  });
  // A post does not wait for the ticks.
  await sql`update leases set fence = fence + 1, expires_at = 'infinity' where name = 'tick:webhooks'`.execute(
    context.db,
  );
  site.setDay(1);
  site.setNow('2026-11-03T12:00:00.000Z');
  const posts = async () => {
    await context.enqueue('poll', { registry: registry.id });
    return target?.received.length;
  };
  await expect.poll(posts).toBe(1);
  expect(JSON.parse(target.received[0]?.body ?? '').data.changes[0].sentence).toContain('paused');
});
