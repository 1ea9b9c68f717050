import { z } from 'zod';

/**
 * Every queue of the program. A payload carries ids only: what is to be done stands in rows. `attempts` and `backoffMs`
 * (the first pause, doubled each time) cover a handler that throws; business retries and due times are columns, never
 * these. `concurrency` is per process.
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
    payload: z.strictObject({ deliveryId: z.int().positive() }),
    attempts: 3,
    backoffMs: 1_000,
    // More than there are connections to the mail server: some are claimed and composed, or noted, while others are sent.
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

/** What a job of a queue carries. */
export type Payload<N extends QueueName> = z.infer<(typeof queues)[N]['payload']>;

/** All queue names, in the order work travels through them. */
export const queueNames = Object.keys(queues) as QueueName[];
