import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { serveDueWebhooks } from '../../../src/jobs/integrations/deliver-webhooks.ts';
import { signInAsAdmin } from '../../support/admin-sign-in.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { visibleBlocks } from '../../support/html-text.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { type Receiver, startReceiver } from '../../support/receiver.ts';
import { study } from '../../support/study.ts';
import { addTarget, endTarget, id, tell } from '../../support/webhook-world.ts';
import { useWorlds, type World } from '../../support/world.ts';

const openWorld = useWorlds();
let pages: Pages;
let target: Receiver;
afterEach(async () => {
  await pages.close();
  await target.close();
});
async function open(): Promise<World> {
  const world = await openWorld({
    days: [{ timestamp: '2026-11-02T09:00:04', studies: [study(id)] }],
    config: { adminEmails: ['admin@example.org'], viewerEmails: ['viewer@example.org'] },
  });
  await world.subscribe('ann@example.net', { conditions: ['asthma'] });
  pages = await servePages(world);
  target = await startReceiver();
  return world;
}

describe('the page of webhooks', () => {
  it('shows how each stands and what it was sent, to viewers too, and no path or secret', async () => {
    const world = await open();
    const me = await signInAsAdmin(world, pages, 'viewer@example.org');
    const empty = visibleBlocks((await me.get('/admin/webhooks')).text).join(' ');
    expect(empty).toContain('There is no webhook.');
    expect(empty).toContain('Nothing was sent yet.');
    const { secret } = await addTarget(world, target.url);
    await tell(world, 3, { status: 'SUSPENDED' });
    await serveDueWebhooks(world.context);
    target.react(500);
    await tell(world, 4, { status: 'RECRUITING' });
    await serveDueWebhooks(world.context);
    // Twelve hours are over, and the earlier session has expired.
    const again = await signInAsAdmin(world, pages, 'viewer@example.org');
    const { status, text } = await again.get('/admin/webhooks');
    expect(status).toBe(200);
    const shown = visibleBlocks(text).join(' ');
    expect(shown).toContain(`Webhook 1: 127.0.0.1:${target.port}`);
    expect(shown).toContain('It takes nothing since');
    expect(shown).toContain('Was not taken yet.');
    expect(shown).toContain('HTTP 500');
    expect(shown).toMatch(/Taken\. One change\. Tried once/);
    expect(text).not.toContain('/hook');
    expect(text).not.toContain(secret);
    expect(await findHtmlFaults(text)).toEqual([]);
    await endTarget(world, 1);
    const ended = visibleBlocks((await again.get('/admin/webhooks')).text).join(' ');
    expect(ended).toMatch(/Ended .*: by hand\./);
    expect(ended).toContain('Dropped: the webhook was ended.');
  });

  it('P9: pages through the deliveries, each once', async () => {
    const world = await open();
    await addTarget(world, target.url);
    await sql`insert into webhook_deliveries (webhook_id, message_id, body, changes, phase, due_at, planned_at)
      select 1, 'msg_' || n, '{}', 1, 'sent', now(), now() from generate_series(1, 120) n`.execute(
      world.context.db,
    );
    const me = await signInAsAdmin(world, pages, 'admin@example.org');
    const seen: string[] = [];
    for (let path: string | undefined = '/admin/webhooks'; path; ) {
      const { text } = await me.get(path);
      seen.push(...[...text.matchAll(/<code>(msg_\d+)<\/code>/g)].map(([, message]) => message ?? ''));
      path = /href="([^"]+)" rel="next"/.exec(text)?.[1];
    }
    expect(seen).toEqual(Array.from({ length: 120 }, (_, n) => `msg_${120 - n}`));
  });
});
