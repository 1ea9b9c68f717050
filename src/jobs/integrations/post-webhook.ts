import { type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { messageOf } from '../../errors.ts';
import { readRetryAfter } from '../../registries/http.ts';
import { type CheckedAddress, type Resolve, resolveTarget } from './webhook-address.ts';

/** What came of a POST: the target's answer, or why there was none. */
export type PostOutcome =
  | { kind: 'answered'; status: number; retryAfterMs: number | null }
  | { kind: 'failed'; reason: string };

export type Post = {
  url: string;
  body: string;
  headers: Record<string, string>;
  privateOk: boolean;
  /** For everything, the name's resolution included. */
  timeoutMs: number;
  /** For the date of a Retry-After. */
  now: string;
  resolve?: Resolve | undefined;
};

/**
 * Sends JSON to a stranger's server (P7): only to the addresses that were checked, whatever its name means a moment later;
 * redirects are not followed, and of the answer only the status is read. Never throws.
 */
export async function postWebhook(post: Post): Promise<PostOutcome> {
  const deadline = AbortSignal.timeout(post.timeoutMs);
  const late = `no answer within ${post.timeoutMs / 1000} seconds`;
  try {
    const url = new URL(post.url);
    const addresses = await before(resolveTarget(url, post), deadline);
    const { status, headers } = await send(url, post, addresses, deadline);
    return { kind: 'answered', status, retryAfterMs: readRetryAfter(headers, post.now) };
  } catch (error) {
    return { kind: 'failed', reason: deadline.aborted ? late : reasonOf(error) };
  }
}

function before<T>(work: Promise<T>, deadline: AbortSignal): Promise<T> {
  work.catch(() => {});
  return Promise.race([
    work,
    new Promise<never>((_resolve, reject) => {
      deadline.addEventListener('abort', () => reject(deadline.reason), { once: true });
    }),
  ]);
}

function send(
  url: URL,
  { body, headers }: Post,
  addresses: CheckedAddress[],
  signal: AbortSignal,
): Promise<{ status: number; headers: Headers }> {
  const options: RequestOptions = {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    // A connection of its own: none is kept that was made under another name's check.
    agent: false,
    lookup: (_hostname, { all }, found) => {
      const [first] = addresses;
      if (all) found(null, addresses);
      else found(null, first?.address ?? '', first?.family);
    },
    signal,
  };
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, (answer) => {
      const retryAfter = answer.headers['retry-after'];
      const { date } = answer.headers;
      resolve({
        status: answer.statusCode ?? 0,
        headers: new Headers({
          ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
          ...(date === undefined ? {} : { date }),
        }),
      });
      answer.on('error', () => {});
      // However much it would say.
      answer.destroy();
    });
    request.on('error', reject);
    // An answer that turns to another protocol (101) ends in neither an answer nor an error.
    request.on('close', () => reject(new Error('the connection was closed without an answer')));
    request.end(body);
  });
}

/** Short, without an address's path: what libraries say may hold more. */
function reasonOf(error: unknown): string {
  return messageOf(error).replace(/\s+/g, ' ').slice(0, 200);
}
