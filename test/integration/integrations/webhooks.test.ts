import type { ServerResponse } from 'node:http';
import { sql } from 'kysely';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import { trialTopic } from '../../../src/core/matching/topics.ts';
import { listWebhookDeliveries } from '../../../src/db/integrations/webhook-deliveries.ts';
import { listWebhooks, turnSecret } from '../../../src/db/integrations/webhooks.ts';
import { serveDueWebhooks, serveWebhook } from '../../../src/jobs/integrations/deliver-webhooks.ts';
import { makeWebhookSecret } from '../../../src/jobs/integrations/webhook-signature.ts';
import { findMessageFaults } from '../../support/api.ts';
import { type Received, type Receiver, startReceiver } from '../../support/receiver.ts';
import { manyStudies, study } from '../../support/study.ts';
import { addTarget, endTarget, id, outboxOf, tell } from '../../support/webhook-world.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const receivers: Receiver[] = [];
afterEach(async () => {
  for (const receiver of receivers.splice(0)) await receiver.close();
});
async function receive(): Promise<Receiver> {
  const receiver = await startReceiver();
  receivers.push(receiver);
  return receiver;
}
async function openWatching(studies: unknown[] = [study(id)]): Promise<World> {
  const world = await open({ days: [{ timestamp: '2026-11-02T09:00:04', studies }] });
  await world.subscribe('ann@example.net', { conditions: ['asthma'] });
  return world;
}
const dataOf = ({ body }: Received) => JSON.parse(body).data;
const idsOf = (received: Received[]): number[] =>
  received.flatMap((one) => dataOf(one).changes.map((change: { id: number }) => change.id));
const minutes = (world: World, count: number) =>
  world.setNow(new Date(Date.parse(world.context.now()) + count * 60_000).toISOString());

/** As the official library of the specification sees it; its clock is the machine's own. */
function verify({ body, headers }: Received, secret: string, changed: Partial<Record<string, string>> = {}) {
  const named = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
  const signed = Object.fromEntries(named.map((name) => [name, changed[name] ?? String(headers[name])]));
  return new Webhook(secret).verify(changed.body ?? body, signed);
}

describe('a webhook', () => {
  it('is told of released changes from then on: ids, kind, sentence, and where to read on', async () => {
    const world = await openWatching();
    await tell(world, 3, { status: 'SUSPENDED', whyStopped: 'Supply' });
    const target = await receive();
    await addTarget(world, target.url);
    await tell(world, 4, { status: 'RECRUITING' });
    await world.round();
    expect(target.received).toHaveLength(1);
    const [got] = target.received;
    expect(got).toMatchObject({ method: 'POST', path: '/hook' });
    expect(got?.headers['content-type']).toBe('application/json');
    expect(findMessageFaults(got?.body ?? '')).toEqual([]);
    expect(findMessageFaults('{}')).not.toEqual([]);
    const { type, timestamp, data } = JSON.parse(got?.body ?? '');
    expect([type, timestamp]).toEqual(['changes.released', '2026-11-04T12:00:00.000Z']);
    const told = data.changes.find(({ facet }: { facet: string }) => facet === 'status');
    expect(told).toMatchObject({
      trial: { registry: 'ctgov', id },
      kind: 'status',
      sentence: 'Now listed as recruiting. Before: paused (suspended).',
      releasedAt: '2026-11-04T12:00:00.000Z',
      url: `https://bell.example.org/trials/${id}/changes/${told.id}`,
    });
    expect(Object.keys(told).sort()).toEqual(
      ['facet', 'id', 'kind', 'releasedAt', 'sentence', 'trial', 'url', 'version'].sort(),
    );
    await world.round();
    expect(target.received).toHaveLength(1);
    expect(await outboxOf(world)).toMatchObject([{ phase: 'sent', attempts: 1, answer: 204 }]);
  });

  it('P11: is told that contacts changed, never to what; nor that somebody follows something', async () => {
    const world = await openWatching();
    const target = await receive();
    await addTarget(world, target.url);
    await tell(world, 3, {
      contact: { name: 'Ann Person', phone: '555 0199', email: 'ann.person@example.com' },
    });
    await tell(world, 4, { conditions: ['Migraine'] });
    await world.round();
    const bodies = target.received.map(({ body }) => body).join();
    expect(bodies).toContain('The contact details changed.');
    expect(bodies).not.toMatch(/Ann Person|555 0199|ann\.person/);
    expect((await world.changes()).some(({ kind }) => kind === 'left')).toBe(true);
    expect(bodies).not.toMatch(/"(left|entered)"/);
  });

  it('gets only changes of its subject', async () => {
    const world = await openWatching(manyStudies(3));
    const [one, status] = [await receive(), await receive()];
    await addTarget(world, one.url, { topics: [trialTopic('ctgov', 'NCT08000002')] });
    await addTarget(world, status.url, { facets: ['status'] });
    world.refresh(
      '2026-11-03T09:00:04',
      manyStudies(3, { status: 'SUSPENDED', updatedOn: '2026-11-03', enrollment: 7 }),
    );
    world.setNow('2026-11-03T12:00:00Z');
    await world.round();
    const told = (receiver: Receiver) => receiver.received.flatMap((got) => dataOf(got).changes);
    expect([...new Set(told(one).map(({ trial }) => trial.id))]).toEqual(['NCT08000002']);
    expect([...new Set(told(one).map(({ facet }) => facet))].length).toBeGreaterThan(1);
    expect(told(status).map(({ facet }) => facet)).toEqual(['status', 'status', 'status']);
  });

  it('gets many changes in messages of fifty, each change once, in the order of release', async () => {
    const world = await openWatching(manyStudies(65));
    const target = await receive();
    await addTarget(world, target.url);
    const turned = { status: 'SUSPENDED', updatedOn: '2026-11-03', enrollment: 9 };
    world.refresh('2026-11-03T09:00:04', manyStudies(45, turned));
    world.setNow('2026-11-03T12:00:00Z');
    await world.round();
    const released = (await world.changes())
      .filter(({ position, kind }) => position !== null && !['entered', 'left'].includes(kind))
      .sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
    expect(released.length).toBeGreaterThan(50);
    expect(idsOf(target.received)).toEqual(released.map((change) => change.id));
    expect(target.received.length).toBe(Math.ceil(released.length / 50));
  });
});

describe('signatures', () => {
  it('are those of Standard Webhooks: the official library takes them, and no other body, id, time or secret', async () => {
    const world = await openWatching();
    const target = await receive();
    const { secret } = await addTarget(world, target.url);
    world.refresh('2026-11-03T09:00:04', [study(id, { status: 'SUSPENDED', updatedOn: '2026-11-03' })]);
    // The library compares with the machine's own clock.
    const real = new Date().toISOString();
    world.setNow(real);
    await world.poll();
    await serveDueWebhooks(world.context);
    const [got] = target.received;
    if (!got) throw new Error('nothing came');
    expect(verify(got, secret)).toEqual(JSON.parse(got.body));
    expect(Number(got.headers['webhook-timestamp'])).toBe(Math.floor(Date.parse(real) / 1000));
    for (const changed of [
      { body: `${got.body} ` },
      { 'webhook-id': 'msg_other' },
      { 'webhook-timestamp': String(Number(got.headers['webhook-timestamp']) + 1) },
    ])
      expect(() => verify(got, secret, changed)).toThrow();
    expect(() => verify(got, makeWebhookSecret())).toThrow();
  });

  it('are of both secrets for a day after a turnover, then of the new one', async () => {
    const world = await openWatching();
    const target = await receive();
    const { id: webhookId, secret: old } = await addTarget(world, target.url);
    const secret = makeWebhookSecret();
    const { db, keys } = world.context;
    expect(await turnSecret(db, keys, { id: webhookId, secret, oldUntil: '2026-11-03T12:00:00.001Z' })).toBe(
      true,
    );
    await tell(world, 3, { status: 'SUSPENDED' });
    await world.round();
    await tell(world, 4, { status: 'RECRUITING' });
    await world.round();
    const counts = target.received.map(
      ({ headers }) => String(headers['webhook-signature']).split(' ').length,
    );
    expect(counts).toEqual([2, 1]);
    const tolerant = (one: Received, key: string) => {
      const { 'webhook-id': message, 'webhook-timestamp': time, 'webhook-signature': given } = one.headers;
      const at = new Date(Number(time) * 1000);
      return String(given)
        .split(' ')
        .includes(new Webhook(key).sign(String(message), at, one.body));
    };
    expect(target.received.map((one) => [tolerant(one, old), tolerant(one, secret)])).toEqual([
      [true, true],
      [false, true],
    ]);
  });
});

describe('failed deliveries', () => {
  it('is tried again with growing pauses, the same under the same id, and later ones wait behind it', async () => {
    const world = await openWatching();
    const target = await receive();
    target.react(500);
    await addTarget(world, target.url);
    await tell(world, 3, { status: 'SUSPENDED' });
    await world.round();
    expect(await outboxOf(world)).toMatchObject([
      { phase: 'retry', attempts: 1, dueAt: '2026-11-03T12:00:05.000Z', reply: 'HTTP 500' },
    ]);
    await tell(world, 4, { status: 'RECRUITING' });
    await world.round();
    expect(await outboxOf(world)).toMatchObject([
      { phase: 'retry', attempts: 2 },
      { phase: 'planned', attempts: 0 },
    ]);
    await world.round();
    expect(target.received).toHaveLength(2);
    target.react(204);
    minutes(world, 5);
    await world.round();
    const [first, second, third, fourth] = target.received;
    for (const again of [second, third]) {
      expect(again?.body).toBe(first?.body);
      expect(again?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
      expect(again?.headers['webhook-timestamp']).not.toBe(first?.headers['webhook-timestamp']);
    }
    expect(fourth?.headers['webhook-id']).not.toBe(first?.headers['webhook-id']);
    expect((await outboxOf(world)).map(({ phase }) => phase)).toEqual(['sent', 'sent']);
    expect(new Set(idsOf(target.received)).size).toBe(
      idsOf([first, fourth].filter((one) => one !== undefined)).length,
    );
  });

  it.each([
    ['seconds', '7200', '2026-11-03T14:00:00.000Z'],
    ['a date', 'Tue, 03 Nov 2026 16:00:00 GMT', '2026-11-03T16:00:00.000Z'],
    ['far too much', '99999999', '2026-11-04T12:00:00.000Z'],
  ])('R6: waits as long as Retry-After asks in %s, a day at most', async (_name, asked, dueAt) => {
    const world = await openWatching();
    const target = await receive();
    target.react((response) => {
      response.setHeader('date', 'Tue, 03 Nov 2026 12:00:00 GMT');
      response.writeHead(429, { 'retry-after': asked }).end();
    });
    await addTarget(world, target.url);
    await tell(world, 3, { status: 'SUSPENDED' });
    await world.round();
    expect(await outboxOf(world)).toMatchObject([{ phase: 'retry', answer: 429, dueAt }]);
  });

  it('R9: is given up after three days: the webhook ends, its messages with it, and admins are mailed', async () => {
    const world = await open({
      days: [{ timestamp: '2026-11-02T09:00:04', studies: [study(id)] }],
      config: { adminEmails: ['admin@example.org'] },
    });
    await world.subscribe('ann@example.net', { conditions: ['asthma'] });
    const target = await receive();
    target.react(503);
    await addTarget(world, target.url);
    await tell(world, 3, { status: 'SUSPENDED' });
    const started = world.context.now();
    for (let tries = 1; tries < 10; tries++) {
      await world.round();
      const [waiting] = await outboxOf(world);
      expect(waiting).toMatchObject({ phase: 'retry', attempts: tries });
      world.setNow(waiting?.dueAt ?? '');
    }
    const hours = (Date.parse(world.context.now()) - Date.parse(started)) / 3_600_000;
    expect(hours).toBeGreaterThan(72);
    expect(hours).toBeLessThan(80);
    await world.round();
    expect(await outboxOf(world)).toMatchObject([{ phase: 'failed', attempts: 10, answer: 503 }]);
    expect(await listWebhooks(world.context.db)).toMatchObject([{ endedBecause: 'HTTP 503', open: 0 }]);
    const mails = (await world.mails('admin@example.org')).map(({ text }) => text?.replace(/\s+/g, ' '));
    expect(mails.filter((text) => text?.includes('It was ended'))).toHaveLength(1);
    expect(mails.filter((text) => text?.includes('Attempts continue for three days')).length).toBeGreaterThan(
      0,
    );
    await tell(world, 9, { status: 'RECRUITING' });
    await world.round();
    expect(target.received).toHaveLength(10);
  });

  it('ends the webhook at once when its target says it is gone (410)', async () => {
    const world = await openWatching();
    const target = await receive();
    target.react(410);
    await addTarget(world, target.url);
    await tell(world, 3, { status: 'SUSPENDED' });
    await world.round();
    expect(await listWebhooks(world.context.db)).toMatchObject([{ endedBecause: 'HTTP 410' }]);
  });

  it('is dropped when the webhook is ended by hand', async () => {
    const world = await openWatching();
    const target = await receive();
    target.react(500);
    const { id: webhookId } = await addTarget(world, target.url);
    await tell(world, 3, { status: 'SUSPENDED' });
    await world.round();
    expect(await endTarget(world, webhookId)).toBe(true);
    expect(await endTarget(world, webhookId)).toBe(false);
    minutes(world, 60);
    await world.round();
    expect(target.received).toHaveLength(1);
    expect((await outboxOf(world)).map(({ phase }) => phase)).toEqual(['cancelled']);
  });
});

describe('crashes and company', () => {
  it('R1: a crash between the sending and its note: the message comes again, the same under the same id', async () => {
    const world = await openWatching();
    const target = await receive();
    const { id: webhookId } = await addTarget(world, target.url);
    await tell(world, 3, { status: 'SUSPENDED' });
    const killed = world.another();
    // The process ends when the target has the message and the database knows nothing of it.
    target.react((response) => {
      response.writeHead(204).end();
      void killed.db.destroy();
    });
    await expect(serveWebhook(killed, webhookId)).rejects.toThrow();
    expect(target.received).toHaveLength(1);
    expect(await outboxOf(world)).toMatchObject([{ phase: 'claimed' }]);
    target.react(204);
    await serveWebhook(world.context, webhookId);
    expect(target.received).toHaveLength(1);
    await sql`update webhook_deliveries set lease_until = clock_timestamp() - interval '1 second'`.execute(
      world.context.db,
    );
    await serveDueWebhooks(world.context);
    const [first, again] = target.received;
    expect(again?.body).toBe(first?.body);
    expect(again?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(await outboxOf(world)).toMatchObject([{ phase: 'sent', attempts: 2 }]);
  });

  it('R5: a holder who wakes up late writes nothing', async () => {
    const world = await openWatching();
    const target = await receive();
    const { id: webhookId } = await addTarget(world, target.url);
    await tell(world, 3, { status: 'SUSPENDED' });
    let answerLate = () => {};
    target.react((response) => {
      answerLate = () => response.writeHead(500).end();
    });
    const late = serveWebhook(world.another(), webhookId);
    await expect.poll(() => target.received.length).toBe(1);
    target.react(204);
    await sql`update webhook_deliveries set lease_until = clock_timestamp() - interval '1 second'`.execute(
      world.context.db,
    );
    expect(await serveWebhook(world.context, webhookId)).toBe(1);
    answerLate();
    expect(await late).toBe(0);
    expect(await outboxOf(world)).toMatchObject([{ phase: 'sent', answer: 204 }]);
    expect(await listWebhooks(world.context.db)).toMatchObject([{ failingSince: null }]);
  });

  it('R5: several processes at once send each message once, in order', async () => {
    const world = await openWatching(manyStudies(65));
    const target = await receive();
    const { id: webhookId } = await addTarget(world, target.url);
    const turned = { status: 'SUSPENDED', updatedOn: '2026-11-03', enrollment: 9 };
    world.refresh('2026-11-03T09:00:04', manyStudies(45, turned));
    world.setNow('2026-11-03T12:00:00Z');
    await world.poll();
    await Promise.all([1, 2, 3, 4].map(() => serveWebhook(world.another(), webhookId)));
    await serveDueWebhooks(world.context);
    const ids = idsOf(target.received);
    expect(ids.length).toBeGreaterThan(50);
    expect(new Set(ids).size).toBe(ids.length);
    const all = await outboxOf(world);
    expect(all.map(({ phase, attempts }) => [phase, attempts])).toEqual(all.map(() => ['sent', 1]));
    expect(target.received.map(({ headers }) => headers['webhook-id'])).toEqual(
      all.map(({ message }) => message),
    );
  });

  it('a target that never answers holds up nobody, and its outbox has an end', async () => {
    const world = await openWatching();
    const held: ServerResponse[] = [];
    const silent = await Promise.all(Array.from({ length: 3 }, receive));
    for (const target of silent) {
      target.react((response) => held.push(response));
      await addTarget(world, target.url);
    }
    const well = await receive();
    await addTarget(world, well.url);
    await tell(world, 3, { status: 'SUSPENDED' });
    const serving = serveDueWebhooks(world.context);
    await expect.poll(() => [held.length, well.received.length], { timeout: 9_000 }).toEqual([3, 1]);
    for (const response of held) response.destroy();
    await serving;
    const phases = async () =>
      (await outboxOf(world)).map(({ webhook, phase }) => `${webhook} ${phase}`).sort();
    expect(await phases()).toEqual(['1 retry', '2 retry', '3 retry', '4 sent']);
    await sql`insert into webhook_deliveries (webhook_id, message_id, body, changes, phase, due_at, planned_at)
      select min(w.id), 'msg_' || n, '{}', 1, 'planned', '2027-01-01', '2026-11-03'
      from webhooks w, generate_series(1, 199) n group by n`.execute(world.context.db);
    await tell(world, 4, { status: 'RECRUITING' });
    await serveDueWebhooks(world.context, { timeoutMs: 300 });
    expect((await outboxOf(world)).map(({ reply }) => reply)).toContain('no answer within 0.3 seconds');
    const rows = await outboxOf(world);
    expect(rows.filter(({ webhook }) => webhook === 1)).toHaveLength(200);
    expect(rows.filter(({ webhook }) => webhook === 4).map(({ phase }) => phase)).toEqual(['sent', 'sent']);
    expect(well.received).toHaveLength(2);
  });

  it('P1: addresses and secrets stand in the database sealed, deliveries are listed newest first', async () => {
    const world = await openWatching();
    const target = await receive();
    const { secret } = await addTarget(world, target.url);
    await tell(world, 3, { status: 'SUSPENDED' });
    await world.round();
    await tell(world, 4, { status: 'RECRUITING' });
    await world.round();
    const dump = (await world.dump()).join('\n');
    expect(dump).not.toContain('/hook');
    expect(dump).not.toContain(secret);
    const all = await listWebhookDeliveries(world.context.db, { before: null, limit: 10 });
    expect(all.map(({ phase }) => phase)).toEqual(['sent', 'sent']);
    const [newest, older] = all;
    const next = await listWebhookDeliveries(world.context.db, { before: newest?.id ?? 0, limit: 10 });
    expect(next.map((one) => one.id)).toEqual([older?.id]);
    expect(newest?.host).toBe(`127.0.0.1:${target.port}`);
  });
});
