import { describe, expect, it } from 'vitest';
import { RegistryRefused, RegistryUnavailable } from '../../../src/errors.ts';
import { isPrivateAddress, isPrivateName } from '../../../src/registries/address.ts';
import { createHttp, type HttpOptions, readRetryAfter } from '../../../src/registries/http.ts';

const url = 'https://registry.example.org/api/v2/version';

/** A client on a network of given answers (functions may fail), with its waits written down instead of waited for. */
function makeHttp(
  answers: (Response | (() => Response | Promise<Response>))[],
  options: Partial<HttpOptions> = {},
) {
  const asked: { url: string; init: RequestInit }[] = [];
  const waits: number[] = [];
  const http = createHttp({
    name: 'The registry',
    baseUrl: 'https://registry.example.org/api/v2',
    paceMs: 0,
    userAgent: 'Trialbell/0 (+mailto:bell@example.org)',
    now: () => '2026-11-02T10:00:00.000Z',
    sleep: async (ms) => {
      waits.push(ms);
    },
    random: () => 0,
    lookup: async () => ['203.0.113.7'],
    fetch: async (target, init) => {
      asked.push({ url: String(target), init: init ?? {} });
      const answer = answers.shift();
      if (answer === undefined) throw new Error('no further answer was prepared');
      return typeof answer === 'function' ? answer() : answer;
    },
    ...options,
  });
  return { http, asked, waits };
}

const good = () => new Response('{}', { headers: { 'content-type': 'application/json' } });
const busy = (retryAfter?: string, status = 429) =>
  new Response('<html>slow down</html>', {
    status,
    headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  });
const moved = (location: string, status = 301) => new Response(null, { status, headers: { location } });

async function failure(work: Promise<unknown>): Promise<RegistryUnavailable> {
  const error = await work.then(
    () => null,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(RegistryUnavailable);
  return error as RegistryUnavailable;
}

describe('the outbound client', () => {
  it('says who asks, and keeps its pace between the starts of requests', async () => {
    const { http, asked, waits } = makeHttp([good(), good(), good()], { paceMs: 60_000 });
    await Promise.all([http.get(url), http.get(url), http.get(url)]);
    expect(new Headers(asked[0]?.init.headers).get('user-agent')).toBe(
      'Trialbell/0 (+mailto:bell@example.org)',
    );
    expect(waits).toHaveLength(2);
    for (const ms of waits) expect(ms).toBeGreaterThan(50_000);
  });

  it('asks one thing at a time', async () => {
    let open = 0;
    let most = 0;
    const slow = async () => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      return good();
    };
    const { http } = makeHttp([slow, slow, slow]);
    await Promise.all([http.get(url), http.get(url), http.get(url)]);
    expect(most).toBe(1);
  });

  it('continues after a failed request', async () => {
    const { http } = makeHttp([busy(undefined, 403), good()]);
    const [first, second] = await Promise.allSettled([http.get(url), http.get(url)]);
    expect([first?.status, second?.status]).toEqual(['rejected', 'fulfilled']);
  });

  it('gives 400, 404 and 414 to the caller with their text', async () => {
    for (const status of [400, 404, 414]) {
      const { http } = makeHttp([new Response('as it is', { status })]);
      expect(await http.get(url)).toMatchObject({ status, text: 'as it is' });
    }
  });
});

describe('R6: an overloaded or broken registry', () => {
  it('R6 L13: 429 with Retry-After in seconds is waited for, and the page after it counts', async () => {
    const { http, asked, waits } = makeHttp([busy('7'), good()]);
    expect(await http.get(url)).toMatchObject({ status: 200, text: '{}' });
    expect(asked).toHaveLength(2);
    expect(waits).toEqual([7000]);
  });

  it('R6: Retry-After as a date is waited for, by the server’s clock where it is given', async () => {
    const { http, waits } = makeHttp([busy('Mon, 02 Nov 2026 10:00:30 GMT', 503), good()]);
    await http.get(url);
    expect(waits).toEqual([30_000]);
    const headers = new Headers({
      'retry-after': 'Mon, 02 Nov 2026 10:00:30 GMT',
      date: 'Mon, 02 Nov 2026 10:00:20 GMT',
    });
    expect(readRetryAfter(headers, '2026-11-02T09:00:00.000Z')).toBe(10_000);
    expect(readRetryAfter(new Headers({ 'retry-after': 'soon' }), '2026-11-02T09:00:00.000Z')).toBeNull();
    expect(readRetryAfter(new Headers(), '2026-11-02T09:00:00.000Z')).toBeNull();
  });

  it('R6: a wait too long to sit through is the caller’s, with its length', async () => {
    const { http, asked, waits } = makeHttp([busy('86400')]);
    const error = await failure(http.get(url));
    expect(error.retryAfterMs).toBe(86_400_000);
    expect(error.message).toContain('It asks to wait 86400 seconds.');
    expect([asked.length, waits.length]).toEqual([1, 0]);
  });

  it('R6: attempts are bounded and their pauses grow, with jitter', async () => {
    const answers = () => Array.from({ length: 9 }, () => busy(undefined, 500));
    const low = makeHttp(answers());
    const error = await failure(low.http.get(url));
    expect(error.message).toContain('has an internal error (500), asked 5 times');
    expect(low.asked).toHaveLength(5);
    expect(low.waits).toEqual([500, 1000, 2000, 4000]);
    const high = makeHttp(answers(), { random: () => 1 });
    await failure(high.http.get(url));
    expect(high.waits).toEqual([1000, 2000, 4000, 8000]);
  });

  it('R6: a network that fails is tried again and then named', async () => {
    const broken = () => Promise.reject(new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }));
    const refused = () =>
      Promise.reject(
        new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) }),
      );
    expect(await makeHttp([broken, good()]).http.get(url)).toMatchObject({ status: 200 });
    const { http } = makeHttp(Array.from({ length: 5 }, () => refused));
    expect((await failure(http.get(url))).message).toMatch(/could not be reached \(ECONNREFUSED\)/);
  });

  it('403 is an alarm of its own and is not asked again', async () => {
    const { http, asked, waits } = makeHttp([busy('5', 403)]);
    const error = await failure(http.get(url));
    expect(error).toBeInstanceOf(RegistryRefused);
    expect(error.message).toMatch(/refuses this client \(403\).*write to the registry/);
    expect([asked.length, waits.length]).toEqual([1, 0]);
  });

  it('is left at once when the program ends', async () => {
    const stop = new AbortController();
    const { http } = makeHttp([busy('60')], {
      signal: stop.signal,
      sleep: async () => {
        stop.abort();
        throw stop.signal.reason;
      },
    });
    expect((await failure(http.get(url))).message).toBe('Reading The registry was stopped.');
  });
});

describe('P7: where requests may go', () => {
  it('P7: to the configured scheme, host and port only', async () => {
    for (const target of [
      'https://other.example.org/api/v2/version',
      'http://registry.example.org/api/v2/version',
      'https://registry.example.org:8443/api/v2/version',
      'file:///etc/passwd',
    ]) {
      const { http, asked } = makeHttp([good()]);
      expect((await failure(http.get(target))).message).toContain('was not followed');
      expect(asked).toHaveLength(0);
    }
  });

  it('P7: redirects are followed within the same origin only', async () => {
    const inside = makeHttp([moved('/api/v2/here'), good()]);
    await inside.http.get(url);
    expect(inside.asked.map((one) => one.url)).toEqual([url, 'https://registry.example.org/api/v2/here']);
    expect(inside.asked.every((one) => one.init.redirect === 'manual')).toBe(true);

    for (const location of [
      'http://169.254.169.254/latest',
      'http://registry.example.org/x',
      '//evil.example/x',
    ]) {
      const outside = makeHttp([moved(location), good()]);
      expect((await failure(outside.http.get(url))).message).toContain('was not followed');
      expect(outside.asked).toHaveLength(1);
    }
  });

  it('P7: redirects end', async () => {
    const { http, asked } = makeHttp(Array.from({ length: 9 }, () => moved(url, 302)));
    expect((await failure(http.get(url))).message).toContain('more than 3 redirects');
    expect(asked).toHaveLength(4);
    const nowhere = makeHttp([new Response(null, { status: 301 })]);
    expect((await failure(nowhere.http.get(url))).message).toContain('redirect (301) without a target');
  });

  it('P7: a public name that leads to a private address is not asked', async () => {
    for (const address of [
      '127.0.0.1',
      '10.1.2.3',
      '192.168.1.1',
      '169.254.169.254',
      '::1',
      'fd00::1',
      '::ffff:10.0.0.1',
    ]) {
      const { http, asked } = makeHttp([good()], { lookup: async () => ['203.0.113.7', address] });
      expect((await failure(http.get(url))).message).toContain('leads to a private address');
      expect(asked).toHaveLength(0);
    }
  });

  it('P7: a host configured as a private one is', async () => {
    const baseUrl = 'http://127.0.0.1:4000/api/v2';
    const { http } = makeHttp([good()], { baseUrl });
    expect(await http.get(`${baseUrl}/version`)).toMatchObject({ status: 200 });
    expect(['localhost', '127.0.0.1', '[::1]', 'registry', 'ctgov.internal'].every(isPrivateName)).toBe(true);
    expect(isPrivateName('clinicaltrials.gov')).toBe(false);
    expect(isPrivateAddress('130.14.29.110')).toBe(false);
    expect(isPrivateAddress('2607:f220:41e:4290::110')).toBe(false);
  });

  it('P7: a body is counted while it comes and cut at its cap', async () => {
    let sent = 0;
    let cancelled = false;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1;
        controller.enqueue(new Uint8Array(2 ** 18).fill(32));
      },
      cancel() {
        cancelled = true;
      },
    });
    const { http, asked } = makeHttp([new Response(endless)], { maxBytes: 2 ** 20 });
    expect((await failure(http.get(url))).message).toContain('sent more than 1 MB');
    expect(sent).toBeLessThan(10);
    expect(cancelled).toBe(true);
    expect(asked).toHaveLength(1);
  });

  it('bytes that are not UTF-8 are refused, not replaced', async () => {
    const { http } = makeHttp([new Response(new Uint8Array([0x22, 0xe9, 0x22]))]);
    expect((await failure(http.get(url))).message).toContain('not UTF-8');
  });

  it('a byte order mark is no part of the answer, neither as bytes nor as text', async () => {
    const { http } = makeHttp([new Response('\ufeff{"city":"Málaga"}')]);
    const { bytes, text } = await http.get(url);
    expect(text).toBe('{"city":"Málaga"}');
    expect(bytes).toEqual(Buffer.from(text));
  });
});
