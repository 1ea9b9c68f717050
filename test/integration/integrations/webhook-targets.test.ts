import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { serveDueWebhooks } from '../../../src/jobs/integrations/deliver-webhooks.ts';
import { type PostOutcome, postWebhook } from '../../../src/jobs/integrations/post-webhook.ts';
import { findTargetFault, isPublicAddress } from '../../../src/jobs/integrations/webhook-address.ts';
import { type Receiver, startReceiver } from '../../support/receiver.ts';
import { study } from '../../support/study.ts';
import { addTarget, id, outboxOf, tell } from '../../support/webhook-world.ts';
import { useWorlds } from '../../support/world.ts';

const open = useWorlds();
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
async function receive(): Promise<Receiver> {
  const receiver = await startReceiver();
  closers.push(receiver.close);
  return receiver;
}
const post = (url: string, parts: Partial<Parameters<typeof postWebhook>[0]> = {}): Promise<PostOutcome> =>
  postWebhook({
    url,
    body: '{}',
    headers: {},
    privateOk: false,
    timeoutMs: 5_000,
    now: '2026-11-03T12:00:00.000Z',
    ...parts,
  });

describe('P7: where a message goes', () => {
  it.each([
    '127.0.0.1',
    '10.0.0.1',
    '172.16.3.4',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '192.0.2.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    'fe80::1',
    'fc00::1',
    'fec0::1',
    '2001:db8::1',
    '2001::1',
    '2002:7f00:1::1',
    'ff02::1',
    'no address',
  ])('P7: %s is no address of the public network', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['8.8.8.8', '193.0.6.139', '2606:4700:4700::1111', '2a00:1450:4001::1'])(
    'P7: %s is one',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it('P7: whatever name or spelling leads to this machine, nothing arrives', async () => {
    const target = await receive();
    const spellings = [
      '127.0.0.1',
      'localhost',
      '0x7f.1',
      '2130706433',
      '0177.0.0.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '0.0.0.0',
    ];
    for (const host of spellings) {
      const outcome = await post(`http://${host}:${target.port}/`);
      expect([host, outcome]).toMatchObject([
        host,
        { kind: 'failed', reason: expect.stringContaining('not public') },
      ]);
    }
    for (const addresses of [['127.0.0.1'], ['8.8.8.8', '127.0.0.1'], ['::1']]) {
      const outcome = await post(`http://hooks.example.org:${target.port}/`, {
        resolve: async () => addresses,
      });
      expect(outcome.kind).toBe('failed');
    }
    expect(target.received).toEqual([]);
  });

  it('P7: connects to the address that was checked, whatever the name means a moment later', async () => {
    const [checked, other] = [await receive(), await receive()];
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return asked === 1 ? ['127.0.0.1'] : ['127.0.0.2'];
    };
    // The name has no address anywhere: only what `resolve` said can be reached.
    const outcome = await post(`http://hooks.invalid:${checked.port}/`, { privateOk: true, resolve });
    expect(outcome).toMatchObject({ kind: 'answered', status: 204 });
    expect(asked).toBe(1);
    expect(checked.received[0]?.headers.host).toBe(`hooks.invalid:${checked.port}`);
    expect(other.received).toEqual([]);
  });

  it('P7: does not follow a redirect', async () => {
    const [first, second] = [await receive(), await receive()];
    first.react((response) => response.writeHead(307, { location: second.url }).end());
    expect(await post(first.url, { privateOk: true })).toMatchObject({ kind: 'answered', status: 307 });
    expect(second.received).toEqual([]);
  });

  it('P7: reads no answer however long, and waits for none however slow', async () => {
    const target = await receive();
    let isCut = false;
    target.react((response) => {
      response.on('close', () => {
        isCut = true;
      });
      response.writeHead(200);
      const more = () => {
        while (!isCut && response.write('x'.repeat(65_536)));
        if (!isCut) response.once('drain', more);
      };
      more();
    });
    expect(await post(target.url, { privateOk: true })).toMatchObject({ kind: 'answered', status: 200 });
    await expect.poll(() => isCut).toBe(true);
    for (const dribble of [
      '',
      'HTTP/1.1 200 OK\r\nx-a: ',
      'nonsense\r\n\r\n',
      `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(99_999)}`,
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n',
    ]) {
      const raw = createServer((socket) => {
        socket.on('error', () => {});
        socket.resume();
        socket.write(dribble);
      }).listen(0, '127.0.0.1');
      await once(raw, 'listening');
      const outcome = await post(`http://127.0.0.1:${(raw.address() as AddressInfo).port}/`, {
        privateOk: true,
        timeoutMs: 500,
      });
      expect(outcome.kind).toBe('failed');
      raw.close();
      await once(raw, 'close');
    }
  });

  it('P7: a name that is never resolved is not waited for, one without address is said', async () => {
    expect(
      await post('https://slow.example.org/', { timeoutMs: 300, resolve: () => new Promise(() => {}) }),
    ).toEqual({
      kind: 'failed',
      reason: 'no answer within 0.3 seconds',
    });
    expect(await post('https://none.example.org/', { resolve: async () => [] })).toMatchObject({
      kind: 'failed',
    });
    const refused = await receive();
    await refused.close();
    closers.splice(0);
    expect(await post(refused.url, { privateOk: true })).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('P7: a webhook whose name turns private later is told nothing, and says why without its path', async () => {
    const world = await open({ days: [{ timestamp: '2026-11-02T09:00:04', studies: [study(id)] }] });
    await world.subscribe('ann@example.net', { conditions: ['asthma'] });
    await addTarget(world, 'https://hooks.example.org/secret-path', { privateOk: false });
    await tell(world, 3, { status: 'SUSPENDED' });
    await serveDueWebhooks(world.context, { resolve: async () => ['169.254.169.254'] });
    const [delivery] = await outboxOf(world);
    expect(delivery).toMatchObject({
      phase: 'retry',
      answer: null,
      reply: 'hooks.example.org leads to an address that is not public, so nothing was sent',
    });
  });
});

describe('the address of a webhook', () => {
  it.each([
    ['https://example.org/hook', false, null],
    ['http://example.org/hook', true, null],
    ['http://example.org/hook', false, /https/],
    ['ftp://example.org/', true, /https/],
    ['javascript:alert(1)', true, /https/],
    ['example.org/hook', false, /is not a URL/],
    ['https://ann:secret@example.org/', false, /user name/],
    ['https://example.org/#part', false, /#fragment/],
  ])('%s (private allowed: %s)', (text, privateOk, fault) => {
    const found = findTargetFault(text, privateOk);
    if (fault === null) expect(found).toBe(null);
    else expect(found).toMatch(fault);
  });
});
