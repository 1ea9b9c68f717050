import { EventEmitter } from 'node:events';
import type { PgPool, PgPoolClient } from 'bullmq';
import pg from 'pg';
import { SessionClient, type SessionConfig, sessionPool } from '../postgres/session-client.ts';

/** The connections of all queues and workers of a process: a pool, and one that listens for all workers. */
export type SharedPool = {
  /** A pool in the form that BullMQ expects, which BullMQ cannot close. */
  open(): PgPool;
  end(): Promise<void>;
};

/** Opens the connections on first use: at most `max`, and one more as soon as a worker listens. */
export function openSharedPool(config: SessionConfig, max: number): SharedPool {
  const pool = new pg.Pool(sessionPool({ ...config, max }));
  pool.on('error', () => {});
  const waiting = new Set<EventEmitter>();
  let listener: Promise<pg.Client> | null = null;
  /** The last statement of the listener: the driver takes one at a time, and workers start together. */
  let turn: Promise<unknown> = Promise.resolve();

  function lose(error: Error): void {
    const lost = listener;
    listener = null;
    void lost?.then((client) => client.end()).catch(() => {});
    for (const one of [...waiting]) if (one.listenerCount('error') > 0) one.emit('error', error);
  }

  function listen(): Promise<pg.Client> {
    listener ??= (async () => {
      const client = new SessionClient(config);
      await client.connect();
      client.on('notification', (message) => {
        for (const one of waiting) one.emit('notification', message);
      });
      client.on('error', lose);
      return client;
    })();
    const opening = listener;
    opening.catch(() => {
      if (listener === opening) listener = null;
    });
    return opening;
  }

  /** A stand-in for BullMQ's own connection: statements go to the pool, and `LISTEN` goes to the listener. */
  function handle(): PgPoolClient {
    const one = new EventEmitter();
    return Object.assign(one, {
      query: async (text: string, values?: readonly unknown[]) => {
        // Otherwise the next user of the connection would inherit the name.
        if (text.includes("'application_name'")) return { rows: [] };
        if (!/^(--.*\n)*\s*listen\s/i.test(text)) return pool.query(text, values as unknown[]);
        const client = await listen();
        waiting.add(one);
        const answer = turn.then(() => client.query(text));
        turn = answer.catch(() => {});
        return answer;
      },
      release: () => void waiting.delete(one),
    }) as unknown as PgPoolClient;
  }

  return {
    open: () =>
      ({
        // A worker polls every few seconds, in case a connection pooler drops notifications.
        options: { keepAlive: false },
        query: (text: string, values?: unknown[]) => pool.query(text, values),
        connect: async () => handle(),
        end: async () => {},
        on: () => {},
        removeAllListeners: () => {},
      }) as unknown as PgPool,
    async end() {
      const client = listener;
      listener = null;
      await Promise.all([pool.end(), client?.then((one) => one.end()).catch(() => {})]);
    },
  };
}
