import { describe, expect, it } from 'vitest';
import {
  authenticate,
  makeWebhookSecret,
  signWebhook,
} from '../../../src/jobs/integrations/webhook-signature.ts';

describe('the signature of a webhook', () => {
  it('is the one that the Standard Webhooks specification gives as its example', () => {
    const headers = signWebhook(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      body: '{"test": 2432232314}',
      now: '2021-02-25T14:02:10.999Z',
    });
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614261730',
      'webhook-signature': expect.stringMatching(/^v1,[\w+/]{43}=$/),
    });
    const published = signWebhook(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      body: '{"test": 2432232314}',
      now: new Date(1_614_265_330_000).toISOString(),
    });
    expect(published['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('is HMAC-SHA-256 as RFC 4231 tests it', () => {
    const hex = (text: string) => Buffer.from(text, 'base64').toString('hex');
    expect(hex(authenticate(Buffer.alloc(20, 0x0b), 'Hi There'))).toBe(
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    );
    expect(hex(authenticate(Buffer.from('Jefe'), 'what do ya want for nothing?'))).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
    expect(
      hex(authenticate(Buffer.alloc(131, 0xaa), 'Test Using Larger Than Block-Size Key - Hash Key First')),
    ).toBe('60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54');
  });

  it('has a secret of 32 random bytes, another each time', () => {
    const [one, other] = [makeWebhookSecret(), makeWebhookSecret()];
    expect(one).toMatch(/^whsec_[\w+/]{43}=$/);
    expect(one).not.toBe(other);
  });
});
