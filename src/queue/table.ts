import { z } from 'zod';

/**
 * Every queue of the program. A payload carries ids only; the work is described in rows. `attempts` and
 * `backoffMs` (the first pause, doubled each time) apply to handlers that throw. Business retries and due
 * times are columns, never these. `concurrency` is per process.
 */
export const queues = {
  poll: {
    payload: z.strictObject({ registry: z.string().min(1) }),
    attempts: 3,
    backoffMs: 5_000,
    concurrency: 2,
  },
  plan: { payload: z.strictObject({}), attempts: 3, backoffMs: 1_000, concurrency: 1 },
  send: {
    // One delivery, or those that are due from it on: a job for each mail would cost more than the mail.
    payload: z.strictObject({ deliveryId: z.int().positive(), through: z.int().positive().optional() }),
    attempts: 3,
    backoffMs: 1_000,
    concurrency: 48,
  },
  requests: {
    payload: z.strictObject({ requestId: z.int().positive() }),
    attempts: 3,
    backoffMs: 1_000,
    concurrency: 4,
  },
  webhooks: {
    payload: z.strictObject({ webhookId: z.int().positive() }),
    attempts: 3,
    backoffMs: 1_000,
    concurrency: 16,
  },
  bounces: { payload: z.strictObject({}), attempts: 2, backoffMs: 1_000, concurrency: 1 },
  sweep: { payload: z.strictObject({}), attempts: 2, backoffMs: 1_000, concurrency: 1 },
} as const;

/** The name of a queue. */
export type QueueName = keyof typeof queues;

/** The payload of a queue's jobs. */
export type Payload<N extends QueueName> = z.infer<(typeof queues)[N]['payload']>;

/** All queue names, in the order in which work passes through them. */
export const queueNames = Object.keys(queues) as QueueName[];
