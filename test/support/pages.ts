import { openWebActions } from '../../src/app-actions.ts';
import { openQueues, type Queues } from '../../src/queue/open.ts';
import { openDurations } from '../../src/web/health/metrics.ts';
import { serveWeb } from '../../src/web/server/serve.ts';
import type { World } from './world.ts';

/** The pages of a world over real HTTP, for a browser without cookies. */
export type Pages = {
  url: string;
  get(
    path: string,
    headers?: Record<string, string>,
  ): Promise<{ status: number; headers: Headers; text: string }>;
  /** Sends a form like one of our own pages. */
  post(
    path: string,
    fields: Record<string, string | string[]>,
    headers?: Record<string, string>,
  ): Promise<{ status: number; headers: Headers; text: string }>;
  close(): Promise<void>;
};

/** Serves a world's pages on their own port, by default with their own queue. Close them before the world. */
export async function servePages(world: World, given?: Promise<Queues>): Promise<Pages> {
  const { context } = world;
  const { databaseUrl } = world;
  const { redisUrl } = context.config;
  const queues = given ?? openQueues({ databaseUrl, redisUrl, log: context.log });
  const web = await serveWeb({
    config: { ...context.config, port: 0 },
    db: context.db,
    keys: context.keys,
    log: context.log,
    version: 'test',
    queues,
    now: context.now,
    durations: openDurations(),
    demo: context.demo,
    // As the context has it when it is called: tests replace it.
    enqueue: (name, payloads) => context.enqueue(name, payloads),
    actions: openWebActions(context),
  });
  const answer = async (response: Response) => ({
    status: response.status,
    headers: response.headers,
    text: await response.text(),
  });
  return {
    url: web.url,
    get: async (path, headers = {}) => answer(await fetch(web.url + path, { headers, redirect: 'manual' })),
    post: async (path, fields, headers = {}) => {
      const body = new URLSearchParams();
      for (const [name, value] of Object.entries(fields))
        for (const one of [value].flat()) body.append(name, one);
      return answer(
        await fetch(web.url + path, {
          method: 'POST',
          body,
          headers: { 'sec-fetch-site': 'same-origin', ...headers },
          redirect: 'manual',
        }),
      );
    },
    close: async () => {
      await web.close();
      if (!given) await (await queues).close();
    },
  };
}
