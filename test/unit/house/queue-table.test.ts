import { describe, expect, it } from 'vitest';
import { queueNames, queues } from '../../../src/queue/table.ts';

const examples = {
  poll: { registry: 'ctgov' },
  plan: {},
  send: { deliveryId: 12 },
  requests: { requestId: 7 },
  webhooks: { webhookId: 3 },
  bounces: {},
  sweep: {},
};

describe('the table of queues', () => {
  it('has the seven queues in the order in which work travels', () => {
    expect(queueNames).toEqual(['poll', 'plan', 'send', 'requests', 'webhooks', 'bounces', 'sweep']);
  });

  it.each(queueNames)('P1: a job of %s carries ids and nothing else', (name) => {
    const { payload } = queues[name];
    expect(payload.parse(examples[name])).toEqual(examples[name]);
    expect(payload.safeParse({ ...examples[name], to: 'ann@example.org' }).success).toBe(false);
    expect(payload.safeParse(null).success).toBe(false);
  });

  it.each([
    { deliveryId: '12' },
    { deliveryId: 0 },
    { deliveryId: 1.5 },
    { deliveryId: 1, through: 'all' },
    {},
  ])('refuses %j for send', (payload) => {
    expect(queues.send.payload.safeParse(payload).success).toBe(false);
  });

  it.each(queueNames)('%s is tried a few times and never for ever', (name) => {
    const { attempts, backoffMs, concurrency } = queues[name];
    expect(attempts).toBeGreaterThan(0);
    expect(attempts).toBeLessThan(10);
    expect(backoffMs).toBeGreaterThan(0);
    expect(concurrency).toBeGreaterThan(0);
  });
});
