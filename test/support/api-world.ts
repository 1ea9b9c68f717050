import { addApiKey } from '../../src/db/integrations/api-keys.ts';
import { makeApiKey } from '../../src/keys.ts';
import { type ApiAnswer, askApi, type Said } from './api.ts';
import { type Pages, servePages } from './pages.ts';
import type { World } from './world.ts';

/** The API of a world over real HTTP. Every response is checked against the OpenAPI document. */
export type Api = {
  url: string;
  get<T = Said['problem']>(path: string, headers?: Record<string, string>): Promise<ApiAnswer<T>>;
  post<T = Said['problem']>(
    path: string,
    body: unknown,
    headers?: Record<string, string>,
  ): Promise<ApiAnswer<T>>;
  /** All changes after a cursor, page by page. */
  readOn(query?: Record<string, string | string[]>, from?: string): Promise<{ ids: number[]; next: string }>;
  close(): Promise<void>;
};

/** Serves a world's API. Close it before the world. */
export async function serveApi(world: World): Promise<Api> {
  const pages: Pages = await servePages({ ...world, context: world.another() });
  const get = <T>(path: string, headers: Record<string, string> = {}) =>
    askApi<T>(pages.url, path, { headers });
  return {
    url: pages.url,
    get,
    post: (path, body, headers = {}) =>
      askApi(pages.url, path, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      }),
    async readOn(query = {}, from) {
      const ids: number[] = [];
      let cursor = from;
      for (;;) {
        const asked = new URLSearchParams();
        for (const [name, value] of Object.entries(query))
          for (const one of [value].flat()) asked.append(name, one);
        if (cursor !== undefined) asked.set('cursor', cursor);
        const { status, json } = await get<Said['changes']>(`/api/v1/changes?${asked}`);
        if (status !== 200) throw new Error(`${status}: ${JSON.stringify(json)}`);
        for (const { id } of json.changes) ids.push(id);
        cursor = json.next;
        if (!json.more) return { ids, next: cursor };
      }
    },
    close: pages.close,
  };
}

/** Makes an API key for subscriptions. Returns the header that presents it. */
export async function addKey(
  { context }: World,
  parts: { scopes?: 'subscriptions'[]; hourly?: number } = {},
): Promise<{ id: number; token: string; authorization: string }> {
  const { token, hash } = makeApiKey();
  const { scopes = ['subscriptions'], hourly = 100 } = parts;
  const id = await addApiKey(context.db, { name: 'Lung Charity', hash, scopes, hourly, now: context.now() });
  return { id, token, authorization: `Bearer ${token}` };
}
