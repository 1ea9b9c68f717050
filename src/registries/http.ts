import { isUtf8 } from 'node:buffer';
import { lookup as lookUpAddress } from 'node:dns/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { Instant } from '../core/trial.ts';
import { messageOf, RegistryRefused, RegistryUnavailable } from '../errors.ts';
import { isPrivateAddress, isPrivateName } from './address.ts';

/** The settings of one registry's client. */
export type HttpOptions = {
  /** The registry's name, for messages. */
  name: string;
  /** Requests go only to its scheme, host and port (P7). */
  baseUrl: string;
  /** Milliseconds from the start of one request to the start of the next. */
  paceMs: number;
  /** Identifies this client, with a contact. */
  userAgent: string;
  /** The media types to ask for; JSON if it is not given. */
  accept?: string;
  /** For one request, including its body, in milliseconds. */
  timeoutMs?: number;
  /** The size limit of one body after decompression, in bytes. */
  maxBytes?: number;
  maxAttempts?: number;
  /**
   * If the registry asks for a longer wait, in milliseconds, the caller gets RegistryUnavailable with
   * `retryAfterMs`.
   */
  maxWaitMs?: number;
  /** Aborts waits and requests at once. */
  signal?: AbortSignal;
  now?: () => Instant;
  sleep?: (ms: number) => Promise<unknown>;
  random?: () => number;
  fetch?: typeof fetch;
  /** Resolves a host name to addresses. */
  lookup?: (hostname: string) => Promise<string[]>;
};

/** An answer of the registry: its body as bytes, which are UTF-8, and as text, which is made when it is asked for. */
export type HttpAnswer = { status: number; headers: Headers; bytes: Buffer; readonly text: string };

/** The only way to send requests to a registry. */
export type Http = {
  /**
   * Returns any answer except a 403, 429, 5xx or redirect. Those, and anything else that prevents a complete
   * answer, throw RegistryUnavailable after suitable retries. `redirected` may change the target of a
   * redirect.
   */
  get(url: string | URL, redirected?: (to: URL) => URL): Promise<HttpAnswer>;
  /** As `get`, but asks with a JSON body, and follows no redirect. */
  post(url: string | URL, body: unknown): Promise<HttpAnswer>;
};

/** What is asked: a JSON `body` makes it a POST. */
type Question = { url: URL; body?: string };

type Outcome =
  | { kind: 'answer'; answer: HttpAnswer }
  | { kind: 'transient'; reason: string; retryAfterMs: number | null; cause?: unknown };

const redirects = new Set([301, 302, 303, 307, 308]);
const maxRedirects = 3;
const firstBackoffMs = 1000;
const maxBackoffMs = 60_000;

/**
 * Creates the client of one registry. It sends one request at a time, at the registry's pace, to its origin
 * only.
 */
export function createHttp(options: HttpOptions): Http {
  const { name, paceMs, userAgent, signal } = options;
  const { accept = 'application/json, text/plain;q=0.9' } = options;
  const { timeoutMs = 60_000, maxBytes = 64 * 2 ** 20, maxAttempts = 5, maxWaitMs = 120_000 } = options;
  const now = options.now ?? (() => new Date().toISOString());
  const sleep = options.sleep ?? ((ms: number) => wait(ms, undefined, signal ? { signal } : {}));
  const random = options.random ?? Math.random;
  const request = options.fetch ?? fetch;
  const lookup = options.lookup ?? findAddresses;
  const base = new URL(options.baseUrl);

  let last: Promise<unknown> = Promise.resolve();
  let nextStart = Number.NEGATIVE_INFINITY;

  async function pause(ms: number): Promise<void> {
    try {
      await sleep(Math.ceil(ms));
    } catch (cause) {
      throw stopped(cause);
    }
  }

  const stopped = (cause: unknown) => new RegistryUnavailable(`Reading ${name} was stopped.`, { cause });

  async function awaitTurn(): Promise<void> {
    // Uses the machine's monotonic clock: tests may stop `now`.
    const pauseMs = nextStart - performance.now();
    if (pauseMs > 0) await pause(pauseMs);
    nextStart = performance.now() + paceMs;
  }

  async function refusePrivateAddress(): Promise<void> {
    if (isPrivateName(base.hostname)) return;
    const addresses = await lookup(base.hostname);
    if (addresses.some(isPrivateAddress)) {
      throw new RegistryUnavailable(
        `${name}: ${base.hostname} leads to a private address, so it was not asked. Check the name server, or set the registry's address to the private one if that is meant.`,
      );
    }
  }

  async function tryOnce({ url, body }: Question): Promise<Outcome> {
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      await refusePrivateAddress();
      const response = await request(url, {
        redirect: 'manual',
        headers: {
          'user-agent': userAgent,
          accept,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { method: 'POST', body }),
        signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
      });
      const { status, headers } = response;
      if (status === 403) {
        await response.body?.cancel();
        throw new RegistryRefused(
          `${name} refuses this client (403). It does so by who asks, not how often, and asking again would not help: check that the contact in the User-Agent (${userAgent}) is right, and write to the registry.`,
        );
      }
      if (status === 429 || status >= 500) {
        await response.body?.cancel();
        const reason = status === 429 ? 'asks for fewer requests (429)' : `has an internal error (${status})`;
        return { kind: 'transient', reason, retryAfterMs: readRetryAfter(headers, now()) };
      }
      const bytes = redirects.has(status) ? Buffer.alloc(0) : await readBody(name, response, maxBytes);
      return { kind: 'answer', answer: toAnswer(status, headers, bytes) };
    } catch (cause) {
      if (cause instanceof RegistryUnavailable) throw cause;
      if (signal?.aborted) throw stopped(cause);
      const reason = timeout.aborted
        ? `did not answer within ${timeoutMs / 1000} seconds`
        : `could not be reached (${describeFailure(cause)})`;
      return { kind: 'transient', reason, retryAfterMs: null, cause };
    }
  }

  async function tryHard(question: Question): Promise<HttpAnswer> {
    for (let attempt = 1; ; attempt++) {
      await awaitTurn();
      const outcome = await tryOnce(question);
      if (outcome.kind === 'answer') return outcome.answer;
      const { reason, retryAfterMs, cause } = outcome;
      const backoffMs = Math.min(maxBackoffMs, firstBackoffMs * 2 ** (attempt - 1)) * (0.5 + random() / 2);
      const pauseMs = Math.max(backoffMs, retryAfterMs ?? 0);
      if (attempt === maxAttempts || pauseMs > maxWaitMs) {
        const patience =
          retryAfterMs === null ? '' : ` It asks to wait ${Math.ceil(retryAfterMs / 1000)} seconds.`;
        throw new RegistryUnavailable(
          `${name} ${reason}, asked ${attempt === 1 ? 'once' : `${attempt} times`}.${patience} If it goes on, see whether ${base.origin} answers in a browser.`,
          { retryAfterMs, cause },
        );
      }
      await pause(pauseMs);
    }
  }

  async function follow(start: URL, redirected: (to: URL) => URL): Promise<HttpAnswer> {
    let url = start;
    for (let hops = 0; hops <= maxRedirects; hops++) {
      if (url.origin !== base.origin) {
        throw new RegistryUnavailable(
          `${name} redirected to ${url.origin}, which is not the configured ${base.origin}, so it was not followed. If the registry has moved, set its new address.`,
        );
      }
      const answer = await tryHard({ url });
      if (!redirects.has(answer.status)) return answer;
      const location = answer.headers.get('location');
      if (location === null || !URL.canParse(location, url)) {
        throw new RegistryUnavailable(
          `${name} answered with a redirect (${answer.status}) without a target.`,
        );
      }
      url = redirected(new URL(location, url));
    }
    throw new RegistryUnavailable(`${name} answered with more than ${maxRedirects} redirects in a row.`);
  }

  async function ask(url: URL, body: unknown): Promise<HttpAnswer> {
    const answer = await tryHard({ url, body: JSON.stringify(body) });
    if (!redirects.has(answer.status)) return answer;
    throw new RegistryUnavailable(
      `${name} answered a search with a redirect (${answer.status}), which was not followed. If the registry has moved, set its new address.`,
    );
  }

  function inTurn(work: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  }

  return {
    get: (url, redirected = (to) => to) => inTurn(() => follow(new URL(url), redirected)),
    post: (url, body) => inTurn(() => ask(new URL(url), body)),
  };
}

function toAnswer(status: number, headers: Headers, bytes: Buffer): HttpAnswer {
  return {
    status,
    headers,
    bytes,
    get text() {
      return bytes.toString('utf8');
    },
  };
}

const byteOrderMark = Buffer.from('\ufeff');

/**
 * Reads a body, without its byte order mark. Throws RegistryUnavailable if it is larger than `maxBytes` or not UTF-8: a
 * silently replaced character would look like a change of the record.
 */
async function readBody(name: string, response: Response, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    if (length > maxBytes) {
      throw new RegistryUnavailable(
        `${name} sent more than ${Math.round(maxBytes / 2 ** 20)} MB in one answer, which was cut off unread. If this goes on, its format has changed: look for a newer version of this program.`,
      );
    }
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks, length);
  if (!isUtf8(body)) {
    throw new RegistryUnavailable(
      `${name} sent an answer that is not UTF-8 text. It is asked again next time.`,
    );
  }
  return body.subarray(0, byteOrderMark.length).equals(byteOrderMark)
    ? body.subarray(byteOrderMark.length)
    : body;
}

/**
 * Milliseconds from a Retry-After header in seconds or as a date (RFC 9110), measured by the server's clock
 * if the answer has a date.
 */
export function readRetryAfter(headers: Headers, now: Instant): number | null {
  const value = headers.get('retry-after')?.trim();
  if (!value) return null;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  if (Number.isNaN(at)) return null;
  const serverNow = Date.parse(headers.get('date') ?? '');
  return Math.max(0, at - (Number.isNaN(serverNow) ? Date.parse(now) : serverNow));
}

async function findAddresses(hostname: string): Promise<string[]> {
  return (await lookUpAddress(hostname, { all: true })).map(({ address }) => address);
}

/** `fetch failed` is too vague; its cause names the problem. */
function describeFailure(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return (cause as { code?: string }).code ?? messageOf(cause);
}
