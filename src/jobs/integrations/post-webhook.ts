import { type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { messageOf } from '../../errors.ts';
import { readRetryAfter } from '../../registries/http.ts';
import { type CheckedAddress, type Resolve, resolveTarget } from './webhook-address.ts';

/** The outcome of a POST: the target's status, or the reason why there was no answer. */
export type PostOutcome =
  | { kind: 'answered'; status: number; retryAfterMs: number | null }
  | { kind: 'failed'; reason: string };

/** A POST request. */
export type Post = {
  url: string;
  body: string;
  headers: Record<string, string>;
  privateOk: boolean;
  /** For the whole request, including name resolution, in milliseconds. */
  timeoutMs: number;
  /** For a Retry-After with a date. */
  now: string;
  resolve?: Resolve | undefined;
};

/**
 * Sends JSON to an external server (P7), only to the addresses that were checked, even if the name resolves
 * differently a moment later. Follows no redirects, and reads only the status of the answer. Never throws.
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
    // A new connection each time: a kept one might have been checked under another name.
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
      // The body is not read, whatever its size.
      answer.destroy();
    });
    request.on('error', reject);
    // A switch to another protocol (101) emits neither a response nor an error.
    request.on('close', () => reject(new Error('the connection was closed without an answer')));
    request.end(body);
  });
}

/** A short reason on one line. */
function reasonOf(error: unknown): string {
  return messageOf(error).replace(/\s+/g, ' ').slice(0, 200);
}
